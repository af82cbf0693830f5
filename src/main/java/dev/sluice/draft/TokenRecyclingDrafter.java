package dev.sluice.draft;

import java.util.PriorityQueue;

/**
 * Follows the target's own latest opinions: after each token, the successors it ranked highest when it last saw it.
 *
 * <p>Grows the tree best first by estimated path probability, from a {@link SuccessorTable}; tokens never seen have no
 * children. After Luo et al. 2024, "Turning trash into treasure: accelerating inference with token recycling", with
 * learned estimates in place of the paper's fixed tree.
 */
public final class TokenRecyclingDrafter implements Drafter {
    /** The name of this drafter. */
    public static final String NAME = "token-recycling";

    private static final double LEAST = 0.08;

    private final SuccessorTable table;

    /** A drafter over a table that others may use too, on the same thread. */
    public TokenRecyclingDrafter(SuccessorTable table) {
        this.table = table;
    }

    private record Proposal(int parent, int token, double probability, double path) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void propose(TokenSequence context, TreeBuilder tree) {
        PriorityQueue<Proposal> queue = new PriorityQueue<>((a, b) -> Double.compare(b.path(), a.path()));
        enqueue(queue, TreeBuilder.ROOT, context.get(context.length() - 1), 1);
        for (Proposal next = queue.poll(); next != null && tree.room() > 0; next = queue.poll()) {
            int node = tree.add(next.parent(), next.token(), next.probability());
            if (node != TreeBuilder.REFUSED) {
                enqueue(queue, node, next.token(), next.path());
            }
        }
    }

    @Override
    public void observe(int[] tokens, int[][] successors) {
        for (int i = 0; i < tokens.length; i++) {
            table.learn(tokens[i], successors[i]);
        }
    }

    private void enqueue(PriorityQueue<Proposal> queue, int parent, int after, double path) {
        for (int rank = 0; rank < SuccessorTable.WIDTH; rank++) {
            int token = table.successor(after, rank);
            double probability = table.chance(after, rank);
            if (token >= 0 && path * probability >= LEAST) {
                queue.add(new Proposal(parent, token, probability, path * probability));
            }
        }
    }
}
