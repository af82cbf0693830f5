package dev.sluice.draft;

/**
 * Follows the target's own opinions of earlier passes: after each token, the successors it ranked highest there.
 *
 * <p>After Luo et al. 2024, "Turning trash into treasure: accelerating inference with token recycling", with
 * probabilities in place of the paper's fixed tree.
 */
final class TokenRecycling implements Proposer {
    /** A probability below this is not worth a claim. */
    private static final float LEAST = 0.01f;

    private static final int LEVELS = 8;

    private final SuccessorTable table;

    /** A proposer over a table that others may use too, on the same thread. */
    TokenRecycling(SuccessorTable table) {
        this.table = table;
    }

    @Override
    public String name() {
        return Drafters.TOKEN_RECYCLING;
    }

    @Override
    public long root(TokenSequence context) {
        return context.get(context.length() - 1);
    }

    @Override
    public long after(long place, int token) {
        return token;
    }

    @Override
    public void claim(long place, Claims claims) {
        int token = (int) place;
        for (int rank = 0; rank < SuccessorTable.WIDTH; rank++) {
            float probability = table.probability(token, rank);
            if (probability < LEAST) {
                return;
            }
            claims.add(table.successor(token, rank), probability, kind(rank, probability, table.seen(token)));
        }
    }

    /** Told apart: how probable, and whether first, second or further. */
    private static int kind(int rank, float probability, int seen) {
        int level = Math.min(LEVELS - 1, (int) (probability * LEVELS));
        return (Math.min(rank, 2) * LEVELS + level) * 2 + (seen > 2 ? 1 : 0);
    }

    @Override
    public void observe(int[] tokens, Successors[] successors) {
        for (int i = 0; i < tokens.length; i++) {
            table.learn(tokens[i], successors[i]);
        }
    }

    @Override
    public void finish(TokenSequence context) {}
}
