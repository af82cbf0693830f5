package dev.sluice.draft;

/** The tree of one session while it grows, best node first. Valid for one pass; one thread. */
public interface Growth {
    /** Nothing to grow. */
    Growth NONE = new Growth() {
        @Override
        public double next() {
            return 0;
        }

        @Override
        public boolean add() {
            return false;
        }
    };

    /** Estimated path probability of the most probable node that is not in the tree yet; 0 if none is left. */
    double next();

    /** Adds that node, or drops it; whether the tree has grown by it: its builder may refuse. */
    boolean add();

    /** Tokens that one more node brings to the pass: one a lane. */
    default int width() {
        return 1;
    }

    /**
     * What it costs to learn whether that node is there at all, in the unit of {@link PassCosts}; mostly 0. Where it is
     * more, {@link #next} is by how much a node may gain, and {@link #add} asks and adds nothing yet.
     */
    default double price() {
        return 0;
    }

    /** Drops what has a {@link #price}, unasked. */
    default void forgo() {}

    /** Adds nodes, the most probable first, until none is left or the builder has no more room. */
    default void all() {
        while (next() > 0) {
            add();
        }
    }
}
