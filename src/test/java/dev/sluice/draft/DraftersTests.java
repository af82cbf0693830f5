package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.testkit.TestTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the drafters propose, and in which order. */
class DraftersTests {
    private static final List<String> LOOKUP = List.of("prompt-lookup");
    private static final List<String> RECYCLING = List.of("token-recycling");

    private static DraftMemory memory(int vocabularySize) {
        return new DraftMemory(new SuccessorTable(vocabularySize), 1 << 20);
    }

    private static Drafter drafter(List<String> names, DraftMemory memory) {
        return Drafters.create(names, memory, DraftNoise.NONE, 0);
    }

    private static TokenTree draft(Drafter drafter, int budget, TokenSequence context) {
        TestTree tree = new TestTree(budget, (path, token) -> true);
        drafter.grow(context, tree).all();
        return tree.tree();
    }

    private static TokenTree draft(Drafter drafter, int budget, int... context) {
        return draft(drafter, budget, new TokenSequence(context));
    }

    private static TokenTree lookup(int budget, int... context) {
        return draft(drafter(LOOKUP, memory(20)), budget, context);
    }

    static Successors[] rows(int[]... tokens) {
        return Arrays.stream(tokens)
                .map(row -> {
                    float[] probabilities = new float[row.length];
                    for (int rank = 0; rank < row.length; rank++) {
                        probabilities[rank] = rank == 0 ? 0.6f : 0.2f / rank;
                    }
                    return new Successors(row, probabilities);
                })
                .toArray(Successors[]::new);
    }

    @Test
    void prompt_lookup_fills_the_chain_after_a_long_match() {
        TokenTree tree = lookup(4, 9, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4);
        assertThat(tree.tokens()).containsExactly(5, 6, 7, 8);
        assertThat(tree.parents()).containsExactly(-1, 0, 1, 2);
    }

    @Test
    void prompt_lookup_prefers_the_longest_match_to_the_most_recent() {
        assertThat(lookup(1, 1, 2, 3, 7, 9, 3, 8, 1, 2, 3).tokens()).containsExactly(7);
    }

    @Test
    void prompt_lookup_branches_by_frequency_then_recency() {
        TokenTree tree = lookup(3, 1, 2, 5, 1, 2, 6, 1, 2, 5, 1, 2, 7, 1, 2);
        List<Integer> children = new ArrayList<>();
        for (int node = 0; node < tree.size(); node++) {
            if (tree.parents()[node] == -1) {
                children.add(tree.tokens()[node]);
            }
        }
        assertThat(children.get(0)).isEqualTo(5);
        assertThat(lookup(1, 1, 2, 6, 1, 2, 7, 1, 2).tokens()).containsExactly(7);
    }

    @Test
    void prompt_lookup_proposes_nothing_without_a_match() {
        assertThat(lookup(4, 1, 2, 3).size()).isZero();
        assertThat(lookup(4, 1).size()).isZero();
    }

    @Test
    void prompt_lookup_follows_a_sequence_that_goes_back() {
        Drafter drafter = drafter(LOOKUP, memory(20));
        TokenSequence context = new TokenSequence(new int[] {1, 2, 3, 1, 2});
        draft(drafter, 4, context);
        context.truncate(2);
        context.append(8);
        context.append(1);
        context.append(2);
        assertThat(draft(drafter, 1, context).tokens()).containsExactly(8);
    }

    @Test
    void prompt_lookup_learns_that_its_matches_do_not_go_on() {
        Drafter drafter = drafter(LOOKUP, memory(20));
        TokenSequence context = new TokenSequence(new int[] {1, 2});
        double first = 0;
        double last = 0;
        for (int i = 0; i < 60; i++) {
            context.append(100 + i);
            context.append(1);
            context.append(2);
            TokenTree tree = draft(drafter, 1, context);
            double now = tree.size() == 0 ? 0 : tree.probabilities()[0];
            first = i == 2 ? now : first;
            last = now;
        }
        assertThat(first).isPositive();
        assertThat(last).isLessThan(first / 2);
    }

    @Test
    void earlier_answers_are_looked_up_once_they_are_complete() {
        DraftMemory memory = memory(20);
        Drafter first = Drafters.create(LOOKUP, memory, DraftNoise.NONE, 1);
        TokenSequence answer = new TokenSequence(new int[] {19, 4, 5, 6, 7, 8});
        draft(first, 1, answer);
        assertThat(draft(Drafters.create(LOOKUP, memory, DraftNoise.NONE, 1), 4, 3, 4, 5)
                        .size())
                .isZero();
        first.finish(answer);
        Drafter second = Drafters.create(LOOKUP, memory, DraftNoise.NONE, 1);
        assertThat(draft(second, 2, 3, 4, 5).tokens()).containsExactly(6, 7);
        assertThat(draft(Drafters.create(LOOKUP, memory, DraftNoise.NONE, 1), 2, 3, 19, 4)
                        .size())
                .as("the prompt is not kept, and one token is no match")
                .isZero();
        assertThat(draft(drafter(LOOKUP, memory(20)), 2, 3, 4, 5).size())
                .as("another tenant")
                .isZero();
    }

    @Test
    void token_recycling_knows_only_what_it_has_seen() {
        Drafter drafter = drafter(RECYCLING, memory(10));
        assertThat(draft(drafter, 4, 0).size()).isZero();
        drafter.observe(new int[] {0, 3}, rows(new int[] {3, 4}, new int[] {5}));
        TokenTree tree = draft(drafter, 8, 0);
        assertThat(tree.tokens()).containsExactly(3, 5, 4);
        assertThat(tree.parents()).containsExactly(-1, 0, -1);
    }

    @Test
    void token_recycling_trusts_what_comes_true() {
        Drafter drafter = drafter(RECYCLING, memory(10));
        drafter.observe(new int[] {0}, rows(new int[] {3}));
        double once = draft(drafter, 1, 0).probabilities()[0];
        TokenSequence context = new TokenSequence(new int[] {0});
        for (int i = 0; i < 40; i++) {
            draft(drafter, 1, context);
            context.append(i % 2 == 0 ? 3 : 0);
            drafter.observe(new int[] {0}, rows(new int[] {3}));
        }
        assertThat(draft(drafter, 1, 0).probabilities()[0]).isGreaterThan(once);
    }

    @Test
    void a_draw_that_is_known_turns_the_guess() {
        DraftMemory memory = memory(10);
        memory.successors().learn(0, new Successors(new int[] {3, 4}, new float[] {0.6f, 0.3f}));
        DraftNoise noise = (position, token) -> position == 0 && token == 4 ? 3 : 0;
        assertThat(draft(Drafters.create(RECYCLING, memory, noise, 1), 1, 0).tokens())
                .containsExactly(4);
        assertThat(draft(Drafters.create(RECYCLING, memory, noise, 0), 1, 0).tokens())
                .as("the noise of another position")
                .containsExactly(3);
    }

    @Test
    void drafters_follow_each_other() {
        DraftMemory memory = memory(20);
        memory.successors().learn(2, new Successors(new int[] {3}, new float[] {0.9f}));
        TokenTree tree =
                draft(drafter(List.of("token-recycling", "prompt-lookup"), memory), 3, 3, 7, 8, 9, 10, 11, 5, 2);
        assertThat(tree.tokens()).containsExactly(3, 7, 8);
        assertThat(tree.sources()[0]).isEqualTo("token-recycling");
        assertThat(tree.sources()[2]).isEqualTo("prompt-lookup");
    }

    @Test
    void every_drafter_respects_the_budget_on_random_sequences() {
        Random random = new Random(3);
        Drafter drafter = drafter(List.of("token-recycling", "prompt-lookup"), memory(5));
        TokenSequence context = new TokenSequence(new int[] {0});
        for (int round = 0; round < 2_000; round++) {
            int budget = random.nextInt(8);
            TestTree tree = new TestTree(budget, (path, token) -> token != 4);
            drafter.grow(context, tree).all();
            assertThat(tree.tree().size()).isLessThanOrEqualTo(budget);
            drafter.observe(new int[] {random.nextInt(5)}, rows(new int[] {random.nextInt(5)}));
            context.append(random.nextInt(5));
            if (random.nextInt(10) == 0) {
                context.truncate(1 + random.nextInt(context.length()));
            }
        }
    }

    @Test
    void an_unknown_name_is_answered_with_the_known_ones() {
        assertThatThrownBy(() -> drafter(List.of("oracle"), memory(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown drafter \"oracle\"; known drafters: none, prompt-lookup, token-recycling");
        assertThat(draft(drafter(List.of("none"), memory(1)), 4, 1, 1, 1).size())
                .isZero();
    }
}
