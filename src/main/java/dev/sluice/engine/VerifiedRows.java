package dev.sluice.engine;

import dev.sluice.decode.RuleId;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Successors;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One session's rows of a pass, by tree node; the root's row comes first. Valid until the pass is closed.
 *
 * @param pass the pass
 * @param ranked the ranked rows of the whole pass
 * @param heads what acceptance heads make of them
 * @param queries this session's queries, one a row of a lane; empty where more of the prompt follows
 * @param firstRow where this session's rows begin; those of the first lane come first
 * @param lanes this session's lanes, each with as many rows
 */
record VerifiedRows(
        Pass pass, List<RankedRow> ranked, HeadOutputs heads, List<RowQuery> queries, int firstRow, int lanes) {
    private static final int SUCCESSORS = 8;

    /** Number of rows of a lane. */
    int size() {
        return queries.size();
    }

    /** The ranked row of a node, or of {@link TreeBuilder#ROOT}, in the first lane. */
    RankedRow row(int node) {
        return row(0, node);
    }

    /** The ranked row of a node in a lane. */
    RankedRow row(int lane, int node) {
        return ranked.get(index(lane, node));
    }

    private int index(int lane, int node) {
        return firstRow + lane * size() + node + 1;
    }

    /** What was asked of a node's row. */
    RowQuery query(int node) {
        return queries.get(node + 1);
    }

    /** The raw logits of a node in a lane: a transfer of the whole row. */
    float[] raw(int lane, int node) {
        return pass.logits(index(lane, node));
    }

    /** Some of them. */
    float[] raw(int lane, int node, int[] tokens) {
        return pass.logits(index(lane, node), tokens);
    }

    /**
     * Whether an acceptance head accepts the token of a node.
     *
     * @param failed takes the rule of one that gives no verdict
     */
    boolean accepts(AcceptanceHead head, int node, Consumer<RuleId> failed) {
        return heads.accepts(head, index(0, node), failed);
    }

    /** Throws where a row holds NaN, so that nothing is learned from it. */
    void requireNumbers() {
        ranked.subList(firstRow, firstRow + lanes * size()).forEach(RankedRow::requireNumbers);
    }

    /** Shows the drafter what the target thinks likely behind each verified token, accepted or not. */
    void teach(Drafter drafter, DraftTree tree, int root) {
        int[] tokens = new int[size()];
        Successors[] successors = new Successors[size()];
        for (int node = TreeBuilder.ROOT; node < tree.size(); node++) {
            tokens[node + 1] = node == TreeBuilder.ROOT ? root : tree.token(node);
            successors[node + 1] = successors(row(node));
        }
        drafter.observe(tokens, successors);
    }

    private static Successors successors(RankedRow row) {
        RankedRow.Candidates best = row.best();
        int[] tokens = Arrays.copyOf(best.tokens(), Math.min(SUCCESSORS, best.tokens().length));
        float[] probabilities = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            probabilities[i] = (float) Math.exp(best.logits()[i] - row.logSumExp());
        }
        return new Successors(tokens, probabilities);
    }
}
