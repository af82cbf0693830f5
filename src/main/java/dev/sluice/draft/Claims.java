package dev.sluice.draft;

/**
 * What one proposer claims about the next token at one place: tokens with estimates that sum to at most 1. One thread;
 * no allocation.
 */
public final class Claims {
    /** Most claims of one proposer at one place; further ones are dropped. */
    public static final int MOST = 12;

    /** Kinds of evidence a proposer may tell apart. */
    public static final int KINDS = 64;

    final int[] tokens = new int[MOST];
    final double[] estimates = new double[MOST];
    final int[] kinds = new int[MOST];
    int size;

    /** Forgets all claims. */
    void clear() {
        size = 0;
    }

    /**
     * Claims a token.
     *
     * @param estimate the probability that it is next, uncalibrated
     * @param kind the kind of evidence, such as the rank in a row or the length of a match, 0 to {@link #KINDS} − 1
     */
    public void add(int token, double estimate, int kind) {
        if (size < MOST) {
            tokens[size] = token;
            estimates[size] = estimate;
            kinds[size++] = kind;
        }
    }

    /** The index of a claimed token, or −1. */
    int indexOf(int token) {
        for (int i = 0; i < size; i++) {
            if (tokens[i] == token) {
                return i;
            }
        }
        return -1;
    }
}
