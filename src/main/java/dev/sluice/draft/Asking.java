package dev.sluice.draft;

/**
 * What asking a proposer that has a price has been worth: how often the best claim was the token emitted, by depth. Where
 * it has long not been worth its price, it is tried again now and then, because texts and machines change. One thread.
 */
final class Asking {
    /** Trees without asking after which it is tried again; of each so many trees, these are the last. */
    private static final int PATIENCE = 512;

    private static final int TRIALS = 16;

    private final Calibration best = new Calibration();
    private int unasked;

    /** The chance that the best claim at a depth comes true, once all have claimed. */
    double promise(int depth) {
        return best.of(depth, 0, 1);
    }

    /** Learns whether it did. */
    void learn(int depth, boolean hit) {
        best.learn(depth, 0, 1, hit);
    }

    /** Begins a tree; whether its root is to be asked about whatever it costs. */
    boolean trial() {
        unasked = (unasked + 1) % PATIENCE;
        return unasked >= PATIENCE - TRIALS;
    }

    /** Asking was expected to earn its price. */
    void earned() {
        unasked = 0;
    }
}
