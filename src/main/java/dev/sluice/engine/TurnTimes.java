package dev.sluice.engine;

/**
 * Where the engine loop's time went, in nanoseconds since the start; waiting for work is not counted.
 *
 * @param passes passes run
 * @param schedule who leaves, who joins, whose memory is reserved
 * @param draft proposing trees and asking the guards about their nodes
 * @param forward the model's pass
 * @param rank edits, masks and the best candidates of each row, on the device
 * @param walk choosing, advancing the guards, committing what was accepted
 * @param release handing events to their streams
 * @param free giving the pass's rows back
 */
public record TurnTimes(
        long passes, long schedule, long draft, long forward, long rank, long walk, long release, long free) {

    /** What was spent after an earlier reading. */
    public TurnTimes since(TurnTimes earlier) {
        return new TurnTimes(
                passes - earlier.passes,
                schedule - earlier.schedule,
                draft - earlier.draft,
                forward - earlier.forward,
                rank - earlier.rank,
                walk - earlier.walk,
                release - earlier.release,
                free - earlier.free);
    }

    /** These and others together. */
    public TurnTimes plus(TurnTimes other) {
        return new TurnTimes(
                passes + other.passes,
                schedule + other.schedule,
                draft + other.draft,
                forward + other.forward,
                rank + other.rank,
                walk + other.walk,
                release + other.release,
                free + other.free);
    }

    /** Everything. */
    public long total() {
        return forward + rank + overhead();
    }

    /** What the loop spent outside the model. */
    public long overhead() {
        return schedule + draft + walk + release + free;
    }

    /** The share of the loop's time that it spent outside the model, 0 to 1; 0 before the first pass. */
    public double overheadShare() {
        return total() == 0 ? 0 : (double) overhead() / total();
    }
}
