package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The automaton against a naive search of the text. */
class SuffixAutomatonTests {
    private static final int ROUNDS = "thorough".equals(System.getProperty("sluice.tests.scale")) ? 3_000 : 150;

    private static List<Integer> ends(List<Integer> text, List<Integer> part) {
        List<Integer> ends = new ArrayList<>();
        for (int end = part.size(); end <= text.size(); end++) {
            if (text.subList(end - part.size(), end).equals(part)) {
                ends.add(end);
            }
        }
        return ends;
    }

    @Test
    void states_counts_and_continuations_agree_with_a_search_of_the_text() {
        long seed = Long.getLong("sluice.tests.seed", 77);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            SuffixAutomaton automaton = new SuffixAutomaton(1);
            if (random.nextBoolean()) {
                random.ints(random.nextInt(30), 0, 3).forEach(automaton::append);
                automaton.clear();
            }
            List<Integer> text = new ArrayList<>();
            int alphabet = 1 + random.nextInt(5);
            // Short enough that no place has more suffixes than are counted.
            for (int i = random.nextInt(SuffixAutomaton.COUNTED); i >= 0; i--) {
                int token = random.nextInt(alphabet) * 1_000;
                automaton.append(token);
                text.add(token);
            }
            check(automaton, text, random, "seed " + seed + " round " + round + " text " + text);
        }
    }

    private static void check(SuffixAutomaton automaton, List<Integer> text, Random random, String which) {
        int repeated = 0;
        for (int length = 1; length < text.size(); length++) {
            if (ends(text, text.subList(text.size() - length, text.size())).size() > 1) {
                repeated = length;
            }
        }
        assertThat(automaton.length(automaton.repeated())).as(which).isEqualTo(repeated);
        for (int trial = 0; trial < 20; trial++) {
            int from = random.nextInt(text.size());
            List<Integer> part = new ArrayList<>(text.subList(from, from + 1 + random.nextInt(text.size() - from)));
            if (random.nextInt(4) == 0) {
                part.set(random.nextInt(part.size()), random.nextInt(5) * 1_000);
            }
            List<Integer> ends = ends(text, part);
            int state = 0;
            for (int token : part) {
                state = state == SuffixAutomaton.NONE ? state : automaton.after(state, token);
            }
            assertThat(state == SuffixAutomaton.NONE).as(which + part).isEqualTo(ends.isEmpty());
            if (!ends.isEmpty()) {
                assertThat(automaton.count(state)).as(which + part).isEqualTo(ends.size());
                assertThat(automaton.latest(state)).as(which + part).isEqualTo(ends.get(ends.size() - 1));
                assertThat(continuations(automaton, state)).as(which + part).isEqualTo(following(text, ends));
            }
        }
    }

    private static Map<Integer, Integer> following(List<Integer> text, List<Integer> ends) {
        Map<Integer, Integer> following = new HashMap<>();
        for (int end : ends) {
            if (end < text.size()) {
                following.merge(text.get(end), 1, Integer::sum);
            }
        }
        return following;
    }

    /** Tokens only: a continuation's state may stand for longer substrings only where these occur as often. */
    private static Map<Integer, Integer> continuations(SuffixAutomaton automaton, int state) {
        Map<Integer, Integer> found = new HashMap<>();
        for (int edge = automaton.firstContinuation(state);
                edge != SuffixAutomaton.NONE;
                edge = automaton.nextContinuation(edge)) {
            found.put(automaton.token(edge), automaton.count(automaton.target(edge)));
        }
        return found;
    }

    @Test
    void a_walk_stands_at_the_longest_suffix_that_occurs_also_after_the_text_has_grown() {
        long seed = Long.getLong("sluice.tests.seed", 78);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            SuffixAutomaton automaton = new SuffixAutomaton(4);
            List<Integer> text = new ArrayList<>();
            List<Integer> walked = new ArrayList<>();
            long place = AutomatonWalk.place(0, 0);
            for (int i = 0; i < 60; i++) {
                int token = random.nextInt(3);
                if (random.nextBoolean()) {
                    automaton.append(token);
                    text.add(token);
                    place = AutomatonWalk.settled(automaton, place);
                } else {
                    place = AutomatonWalk.after(automaton, place, token);
                    walked.add(token);
                    int longest = 0;
                    for (int length = 1; length <= walked.size(); length++) {
                        if (!ends(text, walked.subList(walked.size() - length, walked.size()))
                                .isEmpty()) {
                            longest = length;
                        }
                    }
                    assertThat(AutomatonWalk.match(place))
                            .as("seed %d round %d text %s walked %s", seed, round, text, walked)
                            .isLessThanOrEqualTo(longest);
                    if (i > 0 && AutomatonWalk.match(place) > 0) {
                        int match = AutomatonWalk.match(place);
                        int state = 0;
                        for (int at : walked.subList(walked.size() - match, walked.size())) {
                            state = automaton.after(state, at);
                        }
                        assertThat(AutomatonWalk.state(place)).isEqualTo(state);
                    }
                }
            }
        }
    }

    @Test
    void a_long_repetition_stays_cheap() {
        SuffixAutomaton automaton = new SuffixAutomaton(16);
        for (int i = 0; i < 100_000; i++) {
            automaton.append(7);
        }
        assertThat(automaton.size()).isEqualTo(100_000);
        assertThat(automaton.length(automaton.repeated())).isEqualTo(99_999);
        assertThat(automaton.bytes()).isLessThan(200L * 100_000);
    }
}
