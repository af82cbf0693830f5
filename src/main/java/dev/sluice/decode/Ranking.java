package dev.sluice.decode;

/**
 * Tokens taken in descending order of score, ties to the lowest id, and each token once: a binary heap, so that looking
 * at the first few of many is cheap. One thread.
 */
final class Ranking {
    private final int[] tokens;
    private final double[] scores;
    private int size;

    /** An empty ranking with room for {@code capacity} tokens. */
    Ranking(int capacity) {
        this.tokens = new int[capacity];
        this.scores = new double[capacity];
    }

    /** A ranking of tokens by their logits, −∞ left out. */
    static Ranking byLogit(int[] tokens, float[] logits) {
        Ranking ranking = new Ranking(tokens.length);
        for (int i = 0; i < tokens.length; i++) {
            if (logits[i] > Float.NEGATIVE_INFINITY) {
                ranking.add(tokens[i], logits[i]);
            }
        }
        return ranking;
    }

    /** A ranking of all tokens of a row by their logits, −∞ left out. */
    static Ranking byLogit(float[] row) {
        Ranking ranking = new Ranking(row.length);
        for (int token = 0; token < row.length; token++) {
            if (row[token] > Float.NEGATIVE_INFINITY) {
                ranking.add(token, row[token]);
            }
        }
        return ranking;
    }

    /** Adds a token. The same token may be added again with the same score. */
    void add(int token, double score) {
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (!before(score, token, scores[parent], tokens[parent])) {
                break;
            }
            place(at, tokens[parent], scores[parent]);
            at = parent;
        }
        place(at, token, score);
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The first token that is left, or {@link Choice#NONE}. */
    int first() {
        return size == 0 ? Choice.NONE : tokens[0];
    }

    /** The score of the first token that is left; −∞ if none is. */
    double score() {
        return size == 0 ? Double.NEGATIVE_INFINITY : scores[0];
    }

    /** Removes and returns the first token. */
    int pop() {
        int first = tokens[0];
        do {
            removeFirst();
        } while (size > 0 && tokens[0] == first);
        return first;
    }

    private void removeFirst() {
        size--;
        int token = tokens[size];
        double score = scores[size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && before(scores[child + 1], tokens[child + 1], scores[child], tokens[child])) {
                child++;
            }
            if (!before(scores[child], tokens[child], score, token)) {
                break;
            }
            place(at, tokens[child], scores[child]);
            at = child;
        }
        place(at, token, score);
    }

    private void place(int at, int token, double score) {
        tokens[at] = token;
        scores[at] = score;
    }

    private static boolean before(double score, int token, double otherScore, int otherToken) {
        return score > otherScore || (score == otherScore && token < otherToken);
    }
}
