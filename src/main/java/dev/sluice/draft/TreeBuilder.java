package dev.sluice.draft;

/** A tree under construction, filtered and bounded by whoever verifies it. */
public interface TreeBuilder {
    /** The parent index that stands for the root. */
    int ROOT = -1;

    /** A {@link #add} that was refused; no index. */
    int REFUSED = -2;

    /** Nodes that may still be added. */
    int room();

    /**
     * Adds a child, or finds the one that is there.
     *
     * @param parent {@link #ROOT} or an index that an earlier call returned
     * @param token the draft token
     * @param probability estimated probability that the target chooses it after the parent, in (0, 1]
     * @return the node's index, or {@link #REFUSED} where a guard forbids the token or no room is left
     */
    int add(int parent, int token, double probability);

    /**
     * As {@link #add(int, int, double)}, on behalf of a drafter.
     *
     * @param source name of the drafter that proposed the token
     */
    default int add(int parent, int token, double probability, String source) {
        return add(parent, token, probability);
    }
}
