package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.TestTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the drafters propose, and in which order. */
class DraftersTests {
    private static TokenTree draft(Drafter drafter, int budget, int... context) {
        TestTree tree = new TestTree(budget, (path, token) -> true);
        drafter.propose(new TokenSequence(context), tree);
        return tree.tree();
    }

    @Test
    void prompt_lookup_fills_the_chain_after_a_long_match() {
        TokenTree tree = draft(new PromptLookupDrafter(), 4, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4);
        assertThat(tree.tokens()).containsExactly(5, 6, 7, 8);
        assertThat(tree.parents()).containsExactly(-1, 0, 1, 2);
    }

    @Test
    void prompt_lookup_prefers_the_longest_match_to_the_most_recent() {
        assertThat(draft(new PromptLookupDrafter(), 1, 1, 2, 3, 7, 9, 3, 8, 1, 2, 3)
                        .tokens())
                .containsExactly(7);
    }

    @Test
    void prompt_lookup_branches_by_frequency_then_recency() {
        TokenTree tree = draft(new PromptLookupDrafter(), 3, 1, 2, 5, 1, 2, 6, 1, 2, 5, 1, 2, 7, 1, 2);
        List<Integer> children = new ArrayList<>();
        for (int node = 0; node < tree.size(); node++) {
            if (tree.parents()[node] == -1) {
                children.add(tree.tokens()[node]);
            }
        }
        assertThat(children.get(0)).isEqualTo(5);
        assertThat(draft(new PromptLookupDrafter(), 1, 1, 2, 6, 1, 2, 7, 1, 2).tokens())
                .containsExactly(7);
    }

    @Test
    void prompt_lookup_proposes_nothing_without_a_match() {
        assertThat(draft(new PromptLookupDrafter(), 4, 1, 2, 3).size()).isZero();
        assertThat(draft(new PromptLookupDrafter(), 4, 1).size()).isZero();
    }

    @Test
    void prompt_lookup_follows_a_sequence_that_goes_back() {
        PromptLookupDrafter drafter = new PromptLookupDrafter();
        TokenSequence context = new TokenSequence(new int[] {1, 2, 3, 1, 2});
        drafter.propose(context, new TestTree(4, (path, token) -> true));
        context.truncate(2);
        context.append(8);
        context.append(1);
        context.append(2);
        TestTree tree = new TestTree(1, (path, token) -> true);
        drafter.propose(context, tree);
        assertThat(tree.tree().tokens()).containsExactly(8);
    }

    @Test
    void prompt_lookup_learns_that_its_matches_do_not_go_on() {
        PromptLookupDrafter drafter = new PromptLookupDrafter();
        TokenSequence context = new TokenSequence(new int[] {1, 2});
        double first = 0;
        double last = 0;
        for (int i = 0; i < 60; i++) {
            context.append(100 + i);
            context.append(1);
            context.append(2);
            TestTree tree = new TestTree(1, (path, token) -> true);
            drafter.propose(context, tree);
            double now = tree.tree().size() == 0 ? 0 : tree.tree().probabilities()[0];
            first = i == 2 ? now : first;
            last = now;
        }
        assertThat(first).isPositive();
        assertThat(last).isLessThan(first);
    }

    @Test
    void token_recycling_knows_only_what_it_has_seen() {
        SuccessorTable table = new SuccessorTable(10);
        TokenRecyclingDrafter drafter = new TokenRecyclingDrafter(table);
        assertThat(draft(drafter, 4, 0).size()).isZero();
        drafter.observe(new int[] {0, 3}, new int[][] {{3, 4}, {5}});
        TokenTree tree = draft(drafter, 8, 0);
        assertThat(tree.tokens()).containsExactly(3, 5, 4);
        assertThat(tree.parents()).containsExactly(-1, 0, -1);
    }

    @Test
    void token_recycling_trusts_a_steady_row_more() {
        SuccessorTable table = new SuccessorTable(10);
        TokenRecyclingDrafter drafter = new TokenRecyclingDrafter(table);
        drafter.observe(new int[] {0}, new int[][] {{3}});
        double once = draft(drafter, 1, 0).probabilities()[0];
        for (int i = 0; i < 5; i++) {
            drafter.observe(new int[] {0}, new int[][] {{3}});
        }
        assertThat(draft(drafter, 1, 0).probabilities()[0]).isGreaterThan(once);
    }

    @Test
    void merging_adds_the_most_probable_paths_of_all_drafters_first() {
        Drafter chain = ScriptedDrafters.of("chain", (context, tree) -> {
            int node = tree.add(TreeBuilder.ROOT, 1, 0.4);
            tree.add(node, 2, 0.9);
        });
        Drafter fan = ScriptedDrafters.of("fan", (context, tree) -> {
            tree.add(TreeBuilder.ROOT, 3, 0.38);
            tree.add(TreeBuilder.ROOT, 1, 0.2);
            tree.add(TreeBuilder.ROOT, 4, 0.1);
        });
        TokenTree tree = draft(new MergedDrafter(List.of(fan, chain)), 3, 0);
        assertThat(tree.tokens()).containsExactly(1, 3, 2);
        assertThat(tree.parents()).containsExactly(-1, -1, 0);
        assertThat(tree.sources()).containsExactly("chain", "fan", "chain");
    }

    @Test
    void nodes_that_would_not_earn_their_cost_are_left_out() {
        Drafter chain = ScriptedDrafters.of("chain", (context, tree) -> {
            int node = tree.add(TreeBuilder.ROOT, 1, 0.6);
            node = tree.add(node, 2, 0.6);
            tree.add(node, 3, 0.6);
            tree.add(TreeBuilder.ROOT, 4, 0.2);
        });
        assertThat(draft(new MergedDrafter(List.of(chain)), 8, 0).tokens()).containsExactly(1, 2);
    }

    @Test
    void refused_proposals_cost_no_room() {
        Drafter fan = ScriptedDrafters.of("fan", (context, tree) -> {
            for (int token = 0; token < 8; token++) {
                int node = tree.add(TreeBuilder.ROOT, token, 0.7 - 0.05 * token);
                tree.add(node, 9, 0.9);
            }
        });
        TestTree tree = new TestTree(2, (path, token) -> token >= 5);
        new MergedDrafter(List.of(fan)).propose(new TokenSequence(new int[] {0}), tree);
        assertThat(tree.tree().tokens()).containsExactly(5, 9);
    }

    @Test
    void every_drafter_respects_the_budget_on_random_sequences() {
        Random random = new Random(3);
        SuccessorTable table = new SuccessorTable(5);
        Drafter drafter = Drafters.create(List.of("token-recycling", "prompt-lookup"), table);
        TokenSequence context = new TokenSequence(new int[] {0});
        for (int round = 0; round < 2_000; round++) {
            int budget = random.nextInt(8);
            TestTree tree = new TestTree(budget, (path, token) -> token != 4);
            drafter.propose(context, tree);
            assertThat(tree.tree().size()).isLessThanOrEqualTo(budget);
            drafter.observe(new int[] {random.nextInt(5)}, new int[][] {{random.nextInt(5), random.nextInt(5)}});
            context.append(random.nextInt(5));
            if (random.nextInt(10) == 0) {
                context.truncate(1 + random.nextInt(context.length()));
            }
        }
    }

    @Test
    void an_unknown_name_is_answered_with_the_known_ones() {
        assertThatThrownBy(() -> Drafters.create(List.of("oracle"), new SuccessorTable(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown drafter \"oracle\"; known drafters: none, prompt-lookup, token-recycling");
        assertThat(draft(Drafters.create(List.of("none"), new SuccessorTable(1)), 4, 1, 1, 1)
                        .size())
                .isZero();
    }
}
