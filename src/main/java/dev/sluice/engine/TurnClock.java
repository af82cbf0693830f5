package dev.sluice.engine;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Measures the phases of the engine loop's turns: one reading of the clock at each change, and no allocation.
 *
 * <p>Written by the loop, read by any thread; a reading in the middle of a turn holds the phases that have ended.
 */
final class TurnClock {
    private final LongSupplier clock;
    private final Map<Phase, AtomicLong> nanos = new EnumMap<>(Phase.class);
    private final AtomicLong passes = new AtomicLong();
    private Phase current = Phase.IDLE;
    private long since;

    /** What the loop is doing. */
    enum Phase {
        IDLE,
        SCHEDULE,
        DRAFT,
        FORWARD,
        RANK,
        WALK,
        RELEASE,
        FREE
    }

    /** A clock that stands in {@link Phase#IDLE}. */
    TurnClock(LongSupplier clock) {
        this.clock = clock;
        for (Phase phase : Phase.values()) {
            nanos.put(phase, new AtomicLong());
        }
        this.since = clock.getAsLong();
    }

    /** Ends the current phase and begins another; returns when, in nanoseconds. Loop only. */
    long enter(Phase next) {
        long now = clock.getAsLong();
        add(of(current), now - since);
        current = next;
        since = now;
        return now;
    }

    /** Counts a pass. Loop only. */
    void countPass() {
        add(passes, 1);
    }

    private static void add(AtomicLong sum, long more) {
        sum.lazySet(sum.get() + more);
    }

    private AtomicLong of(Phase phase) {
        return Objects.requireNonNull(nanos.get(phase));
    }

    /** What has been measured. Any thread. */
    TurnTimes times() {
        return new TurnTimes(
                passes.get(),
                of(Phase.SCHEDULE).get(),
                of(Phase.DRAFT).get(),
                of(Phase.FORWARD).get(),
                of(Phase.RANK).get(),
                of(Phase.WALK).get(),
                of(Phase.RELEASE).get(),
                of(Phase.FREE).get());
    }
}
