package dev.sluice.draft;

/**
 * One source of guesses, asked node by node, so that all sources grow one tree together and follow each other's tokens.
 *
 * <p>A place in the tree is a {@code long} that only the proposer understands. One choice, one thread.
 */
public interface Proposer {
    /** The place from which nothing is known. */
    long NOWHERE = -1;

    /** The name requests and reports use. */
    String name();

    /** The place behind the whole context; asked once a pass, first. */
    long root(TokenSequence context);

    /** The place behind one more token, whoever proposed it, or {@link #NOWHERE}. */
    long after(long place, int token);

    /**
     * What it costs to claim at a place, in the unit of {@link PassCosts}; 0 where that is not worth counting. Where it is
     * more, claims are asked for only where they are expected to earn it.
     *
     * @param place not {@link #NOWHERE}
     */
    default double price(long place) {
        return 0;
    }

    /**
     * Claims the likely next tokens at a place, each once, the most likely first.
     *
     * @param place not {@link #NOWHERE}
     */
    void claim(long place, Claims claims);

    /** As {@link Drafter#observe}. */
    void observe(int[] tokens, Successors[] successors);

    /** As {@link Drafter#finish}. */
    void finish(TokenSequence context);
}
