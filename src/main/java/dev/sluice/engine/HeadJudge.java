package dev.sluice.engine;

import dev.sluice.decode.Acceptance;
import dev.sluice.decode.RuleId;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The acceptance heads of one choice: what they said of candidates for the next token, and which have to be run before they
 * can say more. Engine loop only.
 *
 * <p>Several heads must all accept; they consider as many candidates as the strictest of them. What is known belongs to the
 * current prefix and goes with it.
 */
final class HeadJudge {
    /** Most candidates that are run side by side. */
    private static final int WIDEST = 4;

    private final List<AcceptanceHead> heads;
    private final int most;
    private final double mass;
    private final boolean lastIsLastResort;
    private final boolean wide;
    private final Map<Integer, Acceptance.Answer> known = new HashMap<>();
    private final Set<RuleId> failed = new LinkedHashSet<>();
    private List<Integer> pending = List.of();

    /**
     * The heads of a choice.
     *
     * @param heads those in force, perhaps none
     * @param wide whether candidates may be run side by side once one was rejected
     */
    HeadJudge(List<AcceptanceHead> heads, boolean wide) {
        this.heads = heads;
        this.most = heads.stream().mapToInt(AcceptanceHead::topK).min().orElse(1);
        this.mass = heads.stream().mapToDouble(AcceptanceHead::topP).min().orElse(1);
        this.lastIsLastResort = !heads.isEmpty() && heads.stream().allMatch(head -> head.fallback() == Fallback.LAST);
        this.wide = wide;
    }

    /** Whether any head is in force. */
    boolean isEmpty() {
        return heads.isEmpty();
    }

    /** Rules whose heads gave no verdict, and whose policies leave that open. */
    Set<RuleId> failed() {
        return failed;
    }

    /** The candidates that the next pass has to run below the root, in order; none where the heads wait for nothing. */
    List<Integer> pending() {
        return pending;
    }

    /** The choice hangs on candidates that have to be run. */
    void await(List<Integer> candidates) {
        pending = candidates;
    }

    /** The sequence goes on, or back: what is known of candidates does not hold any more. */
    void moved() {
        known.clear();
        pending = List.of();
    }

    /**
     * The heads behind a node of the verified tree.
     *
     * @param tree the tree
     * @param node the node whose next token is chosen
     */
    Acceptance at(VerifiedRows rows, DraftTree tree, int node) {
        return heads.isEmpty() ? Acceptance.NONE : new AtNode(rows, tree, node);
    }

    private final class AtNode implements Acceptance {
        private final VerifiedRows rows;
        private final DraftTree tree;
        private final int node;

        AtNode(VerifiedRows rows, DraftTree tree, int node) {
            this.rows = rows;
            this.tree = tree;
            this.node = node;
        }

        @Override
        public Answer ask(int token) {
            Answer answer = known.computeIfAbsent(token, this::judged);
            return answer == null ? Answer.UNKNOWN : answer;
        }

        private @Nullable Answer judged(int token) {
            int child = tree.child(node, token);
            if (child == DraftTree.REFUSED) {
                return null;
            }
            return new Answer(true, rejectedBy(heads, rows, child, failed::add));
        }

        @Override
        public int most() {
            return most;
        }

        @Override
        public double mass() {
            return mass;
        }

        @Override
        public boolean lastResortIsLast() {
            return lastIsLastResort;
        }

        @Override
        public int unknowns() {
            return wide ? Math.min(WIDEST, 1 + known.size()) : 1;
        }
    }

    /**
     * The rule of the first of some heads that rejects the token of a node, or null.
     *
     * @param failed takes the rules of those that give no verdict, and are left open
     */
    static @Nullable RuleId rejectedBy(
            List<AcceptanceHead> heads, VerifiedRows rows, int node, Consumer<RuleId> failed) {
        for (AcceptanceHead head : heads) {
            if (!rows.accepts(head, node, failed)) {
                return head.rule();
            }
        }
        return null;
    }
}
