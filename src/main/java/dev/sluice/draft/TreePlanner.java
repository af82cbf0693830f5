package dev.sluice.draft;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Decides how large the trees of one pass become: the most probable node of all sessions is added while it earns its cost.
 *
 * <p>A pass yields a token a session and, for each node, another with the probability of its path. A node makes the pass
 * longer for all, so it pays where that probability exceeds the tokens expected so far, times the share by which the pass
 * grows: {@code π > (1 + S) · ΔT / T}, summed over the sessions. Where a proposer must first be asked, at a price {@code d},
 * a node has to earn {@code ΔT + d}, and what has been spent on asking counts as part of {@code T}; of what does not earn
 * its price the rest of the tree goes on without.
 */
public final class TreePlanner {
    private TreePlanner() {}

    /**
     * Grows trees.
     *
     * @param growths those that grow by cost
     * @param expected tokens that the pass is expected to yield already: one a session that decodes, and the path
     *     probabilities of nodes that are in it anyhow
     * @param tokens tokens that are in the pass already
     * @param sessions sessions of the pass
     */
    public static void plan(List<Growth> growths, double expected, int tokens, int sessions, PassCosts costs) {
        PriorityQueue<Ranked> queue = new PriorityQueue<>(
                Comparator.comparingDouble((Ranked r) -> -r.next()).thenComparingInt(Ranked::order));
        for (Growth growth : growths) {
            enqueue(queue, growth, queue.size());
        }
        double yield = expected;
        int size = tokens;
        double spent = 0;
        for (Ranked best = queue.poll(); best != null; best = queue.poll()) {
            double price = best.growth().price();
            int width = best.growth().width();
            double pass = costs.time(size, sessions);
            double more = width * costs.marginal(size, sessions) * pass + price;
            boolean pays = best.next() * (pass + spent) > yield * more;
            if (!pays && price == 0) {
                continue;
            }
            if (!pays) {
                best.growth().forgo();
            } else if (best.growth().add()) {
                yield += best.next();
                size += width;
            } else {
                spent += price;
            }
            enqueue(queue, best.growth(), best.order());
        }
    }

    private static void enqueue(PriorityQueue<Ranked> queue, Growth growth, int order) {
        double next = growth.next();
        if (next > 0) {
            queue.add(new Ranked(growth, next, order));
        }
    }

    private record Ranked(Growth growth, double next, int order) {}
}
