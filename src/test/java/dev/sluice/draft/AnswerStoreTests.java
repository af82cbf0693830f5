package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Earlier answers within their bound. */
class AnswerStoreTests {
    private static TokenSequence answer(Random random, int length, int mark) {
        int[] tokens = random.ints(length, 0, 1_000).toArray();
        tokens[1] = mark;
        return new TokenSequence(tokens);
    }

    @Test
    void the_latest_answers_are_kept_within_the_bound() {
        long bound = 200_000;
        AnswerStore store = new AnswerStore(bound);
        Random random = new Random(6);
        int forgotten = store.epoch();
        for (int i = 0; i < 400; i++) {
            store.add(answer(random, 2 + random.nextInt(60), 10_000 + i), 1);
            assertThat(store.bytes()).isLessThanOrEqualTo(bound);
            assertThat(store.automaton().after(0, 10_000 + i)).isNotEqualTo(SuffixAutomaton.NONE);
        }
        assertThat(store.epoch()).isGreaterThan(forgotten);
        assertThat(store.automaton().after(0, 10_000)).isEqualTo(SuffixAutomaton.NONE);
    }

    @Test
    void a_bound_of_nothing_keeps_nothing() {
        AnswerStore store = new AnswerStore(0);
        store.add(answer(new Random(1), 40, 7), 1);
        assertThat(store.automaton().size()).isZero();
    }

    @Test
    void a_proposer_finds_its_place_again_when_old_answers_are_forgotten() {
        AnswerStore store = new AnswerStore(20_000);
        AnswerLookup lookup = new AnswerLookup(store, 0);
        TokenSequence context = new TokenSequence(new int[] {5, 6});
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            store.add(answer(random, 20, 3), 0);
            long place = lookup.root(context);
            AnswerLookup fresh = new AnswerLookup(store, 0);
            assertThat(place).isEqualTo(fresh.root(context));
            context.append(random.nextInt(1_000));
        }
    }
}
