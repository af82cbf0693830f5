package dev.sluice.draft;

import java.util.Arrays;

/**
 * The tokens that the target ranks highest after each token, with their probabilities, averaged over the contexts it was
 * seen in.
 *
 * <p>Holds rows after a request's own edits and before its guards. What it learns from one request speeds up others, and
 * the time they take tells what was learned: share it within a tenant only. A copy shares pages with its original until
 * it writes. One thread, but that an original that nobody writes may be copied by any. Memory: {@value #WIDTH} successors a
 * token, 65 bytes, for the pages written.
 */
public final class SuccessorTable {
    /** Successors kept for each token. */
    public static final int WIDTH = 8;

    private static final int PAGE = 16;
    private static final int NONE = -1;

    /** Weight of a new row once a token is well known. */
    private static final float LEAST_WEIGHT = 0.1f;

    private final Page[] pages;
    private final boolean[] owned;
    private final int vocabularySize;

    /** The rows of {@value #PAGE} tokens. */
    private static final class Page {
        final int[] successors = new int[PAGE * WIDTH];
        final float[] probabilities = new float[PAGE * WIDTH];
        final byte[] seen = new byte[PAGE];

        Page() {
            Arrays.fill(successors, NONE);
        }

        Page(Page other) {
            System.arraycopy(other.successors, 0, successors, 0, successors.length);
            System.arraycopy(other.probabilities, 0, probabilities, 0, probabilities.length);
            System.arraycopy(other.seen, 0, seen, 0, seen.length);
        }
    }

    /** An empty table: no token has successors. */
    public SuccessorTable(int vocabularySize) {
        this.vocabularySize = vocabularySize;
        pages = new Page[(vocabularySize + PAGE - 1) / PAGE];
        Arrays.fill(pages, new Page());
        owned = new boolean[pages.length];
    }

    private SuccessorTable(SuccessorTable original) {
        vocabularySize = original.vocabularySize;
        pages = original.pages.clone();
        owned = new boolean[pages.length];
    }

    /** A table that begins with what this one holds. This one must not learn any more. */
    public SuccessorTable copy() {
        return new SuccessorTable(this);
    }

    /** Tokens it can hold rows of. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** The successor of a token at a rank, or −1 where none is known. */
    int successor(int token, int rank) {
        return pages[token / PAGE].successors[token % PAGE * WIDTH + rank];
    }

    /** The probability of the successor of a token at a rank; 0 where none is known. */
    float probability(int token, int rank) {
        return pages[token / PAGE].probabilities[token % PAGE * WIDTH + rank];
    }

    /** How many rows the row of a token is made of; not counted beyond 127. */
    int seen(int token) {
        return pages[token / PAGE].seen[token % PAGE];
    }

    /** Averages a verified row into the row of a token. */
    public void learn(int token, Successors row) {
        Page page = own(token / PAGE);
        int first = token % PAGE * WIDTH;
        int seen = page.seen[token % PAGE];
        float weight = Math.max(LEAST_WEIGHT, 1f / (seen + 1));
        page.seen[token % PAGE] = (byte) Math.min(127, seen + 1);
        for (int rank = 0; rank < WIDTH; rank++) {
            page.probabilities[first + rank] *= 1 - weight;
        }
        for (int i = 0; i < row.tokens().length; i++) {
            put(page, first, row.tokens()[i], weight * row.probabilities()[i]);
        }
    }

    /** Sets a row as it was stored. */
    void set(int token, int seen, Successors row) {
        Page page = own(token / PAGE);
        page.seen[token % PAGE] = (byte) seen;
        for (int rank = 0; rank < WIDTH; rank++) {
            boolean known = rank < row.tokens().length;
            page.successors[token % PAGE * WIDTH + rank] = known ? row.tokens()[rank] : NONE;
            page.probabilities[token % PAGE * WIDTH + rank] = known ? row.probabilities()[rank] : 0;
        }
    }

    /** Adds to the probability of a successor, in the place of the least probable one if it is new; keeps the order. */
    private static void put(Page page, int first, int token, float more) {
        int at = 0;
        while (at < WIDTH && page.successors[first + at] != token && page.successors[first + at] != NONE) {
            at++;
        }
        float probability = more;
        if (at < WIDTH) {
            probability += page.probabilities[first + at];
        } else if (page.probabilities[first + WIDTH - 1] >= more) {
            return;
        } else {
            at = WIDTH - 1;
        }
        while (at > 0 && page.probabilities[first + at - 1] < probability) {
            page.successors[first + at] = page.successors[first + at - 1];
            page.probabilities[first + at] = page.probabilities[first + at - 1];
            at--;
        }
        page.successors[first + at] = token;
        page.probabilities[first + at] = probability;
    }

    private Page own(int page) {
        if (!owned[page]) {
            pages[page] = new Page(pages[page]);
            owned[page] = true;
        }
        return pages[page];
    }
}
