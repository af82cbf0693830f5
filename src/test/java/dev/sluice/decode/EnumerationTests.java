package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.ToyDecoder.Bug;
import dev.sluice.decode.ToyDecoder.Draw;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The exact law of whole answers, every random choice enumerated, against its closed form. */
class EnumerationTests {
    private static final int VOCABULARY = 5;
    private static final int LENGTH = 3;
    private static final int[] PROMPT = {2, 0};
    private static final ToyModel MODEL =
            new ToyModel(ToyModel.Settings.bare(VOCABULARY, 17).withSpread(1));
    private static final SamplingParameters PLAIN = new SamplingParameters(0.9, 0, 1, 0, 1, 1, 0, 0, Map.of(), 0);
    private static final Guard BANS = Guard.bigram(1, 3, 4);
    private static final Guard NATS = (answer, token) -> BANS.judge(answer, token) instanceof Verdict.Reject
            ? Guard.REJECT
            : (token + answer.size()) % 3 == 0 ? new Verdict.Penalize(0.4 + token, Guard.RULE) : Verdict.ACCEPT;

    private static SamplingParameters truncated(int topK, double topP, double minP, double typicalP) {
        return new SamplingParameters(0.9, topK, topP, minP, typicalP, 1, 0, 0, Map.of(), 0);
    }

    private static Stream<SamplingParameters> requests() {
        return Stream.of(
                PLAIN,
                truncated(2, 1, 0, 1),
                truncated(0, 0.8, 0, 1),
                truncated(0, 1, 0.3, 1),
                truncated(0, 1, 0, 0.6),
                truncated(4, 0.95, 0.05, 0.9),
                new SamplingParameters(1.2, 0, 1, 0, 1, 1.4, 0.5, 0.7, Map.of(1, 0.8f), 0),
                new SamplingParameters(0.7, 3, 0.9, 0, 1, 0.6, -0.5, 0.3, Map.of(4, -0.5f), 0));
    }

    /** Two children of the root and two below the first, by guesses that are often right and sometimes forbidden. */
    private static Drafter bushy(Enumeration.Script script) {
        return ScriptedDrafters.of("bushy", (context, tree) -> {
            int last = context.get(context.length() - 1);
            int first = tree.add(TreeBuilder.ROOT, (last + 1) % VOCABULARY, 0.5);
            tree.add(TreeBuilder.ROOT, 3, 0.2);
            if (first != TreeBuilder.REFUSED) {
                tree.add(first, 3, 0.4);
                tree.add(first, 1, 0.4);
            }
        });
    }

    /** A chain whose tokens are themselves random, beside a fixed guess. */
    private static Drafter random(Enumeration.Script script) {
        double[] one = {0.3, 0, 0.3, 0, 0.4};
        double[] other = {0, 0.5, 0, 0.5, 0};
        return ScriptedDrafters.of("random", (context, tree) -> {
            int first = tree.add(TreeBuilder.ROOT, script.choose(one), 0.5);
            tree.add(TreeBuilder.ROOT, 0, 0.2);
            if (first != TreeBuilder.REFUSED) {
                tree.add(first, script.choose(other), 0.4);
            }
        });
    }

    private static Map<List<Integer>, Double> enumerated(
            ToyModel model,
            SamplingParameters sampling,
            Guard guard,
            Function<Enumeration.Script, Draw> draw,
            Function<Enumeration.Script, Drafter> drafter,
            int budget,
            Bug bug) {
        return Enumeration.law(script -> new ToyDecoder(model, sampling, guard, LENGTH, draw.apply(script), bug)
                .decode(PROMPT, drafter.apply(script), budget)
                .tokens());
    }

    /** The closed form: the product of each token's share among what is kept and admissible. */
    private static Map<List<Integer>, Double> closedForm(SamplingParameters sampling, Guard guard) {
        Map<List<Integer>, Double> law = new HashMap<>();
        expand(new NaiveLaw(sampling, new BitSet()), guard, new ArrayList<>(), 1, law);
        return law;
    }

    private static void expand(
            NaiveLaw naive, Guard guard, List<Integer> answer, double weight, Map<List<Integer>, Double> law) {
        if (answer.size() == LENGTH) {
            law.put(List.copyOf(answer), weight);
            return;
        }
        List<Integer> context = new ArrayList<>(List.of(PROMPT[0], PROMPT[1]));
        context.addAll(answer);
        float[] raw = MODEL.logits(context.get(context.size() - 2), context.get(context.size() - 1));
        float[] scaled = naive.scaled(raw, List.of(PROMPT[0], PROMPT[1]), answer);
        double logSumExp = 0;
        for (float logit : scaled) {
            logSumExp += Math.exp(logit);
        }
        logSumExp = (float) Math.log(logSumExp);
        Set<Integer> forbidden = new HashSet<>();
        Map<Integer, Double> shares = new HashMap<>();
        for (boolean first = true; shares.isEmpty(); first = false) {
            for (int token : naive.truncated(scaled, logSumExp, forbidden, first)) {
                Verdict verdict = guard.judge(answer, token);
                double nats = verdict instanceof Verdict.Penalize penalize ? penalize.nats() : 0;
                if (!(verdict instanceof Verdict.Reject)) {
                    shares.put(token, Math.exp(scaled[token] - nats));
                }
                forbidden.add(token);
            }
            for (int token = 0; guard.mask(answer) != null && token < VOCABULARY; token++) {
                if (guard.judge(answer, token) instanceof Verdict.Reject) {
                    forbidden.add(token);
                }
            }
        }
        double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
        shares.forEach((token, share) -> {
            answer.add(token);
            expand(naive, guard, answer, weight * share / sum, law);
            answer.remove(answer.size() - 1);
        });
    }

    private static void assertSameLaw(Map<List<Integer>, Double> actual, Map<List<Integer>, Double> expected) {
        assertThat(expected.values().stream().mapToDouble(Double::doubleValue).sum())
                .isCloseTo(1, Offset.offset(1e-12));
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        assertThat(Enumeration.totalVariation(actual, expected)).isLessThanOrEqualTo(1e-12);
    }

    @Test
    void every_request_under_lazy_rejects_has_its_closed_form_with_and_without_trees() {
        requests().forEach(sampling -> {
            Map<List<Integer>, Double> expected = closedForm(sampling, BANS);
            assertSameLaw(
                    enumerated(
                            MODEL, sampling, BANS, ScriptedDraws::orders, s -> ScriptedDrafters.empty(), 0, Bug.NONE),
                    expected);
            assertSameLaw(
                    enumerated(MODEL, sampling, BANS, ScriptedDraws::orders, EnumerationTests::bushy, 4, Bug.NONE),
                    expected);
        });
    }

    @Test
    void every_request_under_a_mask_has_its_closed_form() {
        Guard masked = Guard.masking(BANS, VOCABULARY);
        requests()
                .forEach(sampling -> assertSameLaw(
                        enumerated(
                                MODEL, sampling, masked, ScriptedDraws::orders, EnumerationTests::bushy, 4, Bug.NONE),
                        closedForm(sampling, masked)));
    }

    @Test
    void drafts_that_are_random_themselves_change_nothing() {
        SamplingParameters sampling = truncated(4, 0.95, 0.05, 1);
        assertSameLaw(
                enumerated(MODEL, sampling, BANS, ScriptedDraws::orders, EnumerationTests::random, 3, Bug.NONE),
                closedForm(sampling, BANS));
    }

    @Test
    void penalties_in_nats_beside_rejects_have_their_closed_form() {
        SamplingParameters edited = new SamplingParameters(1.2, 0, 1, 0, 1, 1.4, 0.5, 0.7, Map.of(1, 0.8f), 0);
        for (SamplingParameters sampling : List.of(PLAIN, edited)) {
            Map<List<Integer>, Double> expected = closedForm(sampling, NATS);
            assertSameLaw(
                    enumerated(
                            MODEL, sampling, NATS, ScriptedDraws::winners, s -> ScriptedDrafters.empty(), 0, Bug.NONE),
                    expected);
            assertSameLaw(
                    enumerated(MODEL, sampling, NATS, ScriptedDraws::winners, EnumerationTests::bushy, 4, Bug.NONE),
                    expected);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Bug.class,
            names = {"NONE", "NOISE_KEYED_BY_NODE"},
            mode = EnumSource.Mode.EXCLUDE)
    void a_planted_bug_is_caught(Bug bug) {
        SamplingParameters sampling = new SamplingParameters(0.9, 3, 1, 0, 1, 1.5, 0.5, 0.5, Map.of(), 0);
        Map<List<Integer>, Double> expected = closedForm(sampling, BANS);
        Function<Bug, Map<List<Integer>, Double>> law = planted ->
                enumerated(MODEL, sampling, BANS, ScriptedDraws::orders, EnumerationTests::bushy, 4, planted);
        assertSameLaw(law.apply(Bug.NONE), expected);
        assertThat(Enumeration.totalVariation(law.apply(bug), expected)).isGreaterThan(1e-3);
    }

    /** Logits that do not depend on the prefix: the order of the tokens at a position is then its whole noise. */
    private static ToyModel unigram() {
        return new ToyModel(ToyModel.Settings.bare(4, 1).withSpread(0).withBase(new float[] {1.2f, 0.4f, 0, -0.7f}));
    }

    @Test
    void noise_keyed_by_node_is_caught() {
        Map<List<Integer>, Double> expected = rewound(List.of());
        Function<Bug, Map<List<Integer>, Double>> law = planted -> enumerated(
                unigram(), PLAIN, Guard.NONE, ScriptedDraws::ordersByKey, EnumerationTests::bushyOfFour, 4, planted);
        assertSameLaw(law.apply(Bug.NONE), expected);
        assertThat(Enumeration.totalVariation(law.apply(Bug.NOISE_KEYED_BY_NODE), expected))
                .isGreaterThan(1e-3);
    }

    @Test
    void rewind_has_its_closed_form_with_and_without_trees() {
        for (List<List<Integer>> phrases : List.of(
                List.of(List.of(0, 1)),
                List.of(List.of(0, 1, 0), List.of(1, 2)),
                List.of(List.of(0), List.of(1, 1)),
                List.of(List.of(0, 0), List.of(0, 1), List.of(0, 2), List.of(0, 3)),
                List.of(List.of(0), List.of(1), List.of(2), List.of(3)))) {
            Map<List<Integer>, Double> expected = rewound(phrases);
            Guard guard = Guard.rewinding(phrases);
            assertSameLaw(
                    enumerated(
                            unigram(),
                            PLAIN,
                            guard,
                            ScriptedDraws::ordersByKey,
                            s -> ScriptedDrafters.empty(),
                            0,
                            Bug.NONE),
                    expected);
            assertSameLaw(
                    enumerated(
                            unigram(),
                            PLAIN,
                            guard,
                            ScriptedDraws::ordersByKey,
                            EnumerationTests::bushyOfFour,
                            4,
                            Bug.NONE),
                    expected);
        }
    }

    private static Drafter bushyOfFour(Enumeration.Script script) {
        return ScriptedDrafters.of("bushy", (context, tree) -> {
            int first = tree.add(TreeBuilder.ROOT, 0, 0.5);
            tree.add(TreeBuilder.ROOT, 1, 0.3);
            if (first != TreeBuilder.REFUSED) {
                tree.add(first, 1, 0.3);
                tree.add(first, 0, 0.3);
            }
        });
    }

    /**
     * The closed form of rewinding: the noise of a position is one order of the tokens, drawn once; the answer is the
     * first in lexical order of ranks that holds no phrase, where nothing is admissible behind a prefix only if every
     * token was vetoed there.
     */
    private static Map<List<Integer>, Double> rewound(List<List<Integer>> phrases) {
        float[] logits = unigram().logits(0, 0);
        float[] scaled = new float[logits.length];
        for (int token = 0; token < logits.length; token++) {
            scaled[token] = logits[token] / 0.9f;
        }
        List<int[]> orders = ScriptedDraws.permutations(logits.length);
        double[] weights = orders.stream()
                .mapToDouble(order -> ScriptedDraws.probability(order, scaled))
                .toArray();
        Map<List<Integer>, Double> law = new HashMap<>();
        for (int i = 0; i < orders.size(); i++) {
            for (int j = 0; j < orders.size(); j++) {
                for (int k = 0; k < orders.size(); k++) {
                    List<Integer> answer = simulate(List.of(orders.get(i), orders.get(j), orders.get(k)), phrases);
                    law.merge(answer, weights[i] * weights[j] * weights[k], Double::sum);
                }
            }
        }
        return law;
    }

    /** Ranks count up: a veto moves a position on to its next rank and forgets the ranks behind it. */
    private static List<Integer> simulate(List<int[]> orders, List<List<Integer>> phrases) {
        int[] ranks = new int[LENGTH];
        int position = 0;
        while (position < LENGTH) {
            if (ranks[position] == orders.get(position).length) {
                List<Integer> ended = tokens(orders, ranks, position);
                ended.add(ToyDecoder.DEAD_END);
                return ended;
            }
            List<Integer> answer = tokens(orders, ranks, position + 1);
            int start = Integer.MAX_VALUE;
            for (List<Integer> phrase : phrases) {
                int from = answer.size() - phrase.size();
                if (from >= 0 && answer.subList(from, answer.size()).equals(phrase)) {
                    start = Math.min(start, from);
                }
            }
            if (start == Integer.MAX_VALUE) {
                position++;
            } else {
                ranks[start]++;
                for (int later = start + 1; later < LENGTH; later++) {
                    ranks[later] = 0;
                }
                position = start;
            }
        }
        return tokens(orders, ranks, LENGTH);
    }

    private static List<Integer> tokens(List<int[]> orders, int[] ranks, int length) {
        List<Integer> tokens = new ArrayList<>();
        for (int position = 0; position < length; position++) {
            tokens.add(orders.get(position)[ranks[position]]);
        }
        return tokens;
    }
}
