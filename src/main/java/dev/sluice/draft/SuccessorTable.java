package dev.sluice.draft;

import java.util.Arrays;

/**
 * The tokens that the target last ranked highest after each token, and how often such a row was right.
 *
 * <p>Holds rows after a request's own edits and before its guards. What it learns from one request speeds up others, and the time
 * they take tells what was learned: share it within a tenant only. One thread. Memory: 33 bytes a token.
 */
public final class SuccessorTable {
    /** Successors kept for each token. */
    public static final int WIDTH = 8;

    private static final int STEADY = 3;
    private static final double LEARNING_RATE = 0.02;

    private final int[] successors;
    private final byte[] steadiness;

    /** Chance that the target's first choice has this rank in the row, by how steady the row's first was so far. */
    private final double[][] chances;

    /** An empty table: no token has successors. */
    public SuccessorTable(int vocabularySize) {
        successors = new int[vocabularySize * WIDTH];
        Arrays.fill(successors, -1);
        steadiness = new byte[vocabularySize];
        chances = new double[STEADY + 1][];
        for (int steady = 0; steady <= STEADY; steady++) {
            chances[steady] = new double[] {0.35 + 0.15 * steady, 0.12, 0.06, 0.04, 0.03, 0.02, 0.02, 0.01};
        }
    }

    /** The successor of a token at a rank, or −1 where none is known. */
    int successor(int token, int rank) {
        return successors[token * WIDTH + rank];
    }

    /** The chance that the target chooses the successor of a token at a rank. */
    double chance(int token, int rank) {
        return chances[steadiness[token]][rank];
    }

    /** Replaces a row, after learning from how well it did. */
    void learn(int token, int[] best) {
        int row = token * WIDTH;
        if (best.length == 0) {
            return;
        }
        if (successors[row] >= 0) {
            double[] known = chances[steadiness[token]];
            for (int rank = 0; rank < WIDTH; rank++) {
                double hit = successors[row + rank] == best[0] ? 1 : 0;
                known[rank] += LEARNING_RATE * (hit - known[rank]);
            }
            boolean same = successors[row] == best[0];
            steadiness[token] = (byte) (same ? Math.min(STEADY, steadiness[token] + 1) : 0);
        }
        for (int rank = 0; rank < WIDTH; rank++) {
            successors[row + rank] = rank < best.length ? best[rank] : -1;
        }
    }
}
