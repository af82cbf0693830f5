package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.TokenMask;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The law decided from a device's candidates, from whole rows, and by its plain twin: the same, bit for bit. */
class RankedChoiceTests {
    private static final RuleId RULE = new RuleId("policy", "rule");

    @Test
    void candidates_whole_rows_and_the_naive_law_agree_on_random_rows() {
        Series duels = Series.of("ranked-choice", 60_000, 2_000_000);
        int quick = 0;
        for (int seed : duels) {
            Duel duel = new Duel(new Random(seed));
            boolean[] fetched = new boolean[1];
            Choice choice = duel.choose(duel.best, () -> {
                fetched[0] = true;
                return duel.raw;
            });
            Choice whole = duel.choose(1, () -> duel.raw);
            Choice naive = duel.naive();
            assertThat(choice).as("random row %s against the naive law", seed).isEqualTo(naive);
            assertThat(whole)
                    .as("random row %s, whole, against the naive law", seed)
                    .isEqualTo(naive);
            quick += fetched[0] ? 0 : 1;
        }
        // Small lists and hostile guards: still both ways must have been taken often.
        if (duels.isTelling()) {
            assertThat(quick).isBetween(duels.ran() / 5, duels.ran() / 5 * 4);
        }
    }

    @Test
    void a_list_of_64_decides_most_choices_over_a_large_vocabulary() {
        Random random = new Random(5);
        int vocabulary = 4_096;
        int fetched = 0;
        for (int i = 0; i < 200; i++) {
            float[] raw = new float[vocabulary];
            for (int token = 0; token < vocabulary; token++) {
                raw[token] = (float) (3 * random.nextGaussian());
            }
            SamplingParameters sampling = new SamplingParameters(0.8, 0, 0.9, 0, 1, 1, 0, 0, Map.of(), i);
            RankedChoice law = new RankedChoice(sampling, vocabulary, new BitSet());
            Noise noise = law.noise(0);
            RowQuery query = law.edits().query(law.edits().start(new int[0]), noise.tokens(), null);
            int[] count = new int[1];
            law.choose(
                    ToyModel.ranked(raw, query, new BitSet(), 64),
                    query,
                    noise,
                    () -> {
                        count[0]++;
                        return raw;
                    },
                    Judge.LENIENT);
            fetched += count[0];
        }
        assertThat(fetched).isLessThan(24);
    }

    @Test
    void greedy_takes_the_lowest_id_among_equal_logits() {
        SamplingParameters greedy = SamplingParameters.greedy();
        float[] raw = {1, 3, 2, 3, 3};
        for (int best = 1; best <= 5; best++) {
            assertThat(choose(greedy, raw, best, null, Judge.LENIENT))
                    .isEqualTo(new Choice(1, Verdict.ACCEPT, 1, List.of()));
        }
    }

    @Test
    void the_unedited_token_among_equal_logits_is_the_lowest_id_under_a_mask_too() {
        Verdict reject = new Verdict.Reject(RULE, "reject");
        for (int lowest = 0; lowest < 9; lowest++) {
            float[] raw = new float[12];
            Arrays.fill(raw, lowest, 11, 3);
            TokenMask mask = new TokenMask(new long[] {(1L << 11) - (1L << lowest)});
            for (int best = 1; best <= 12; best++) {
                Choice choice = choose(
                        SamplingParameters.greedy(),
                        raw,
                        best,
                        mask,
                        token -> mask.forbids(token) ? reject : Verdict.ACCEPT);
                assertThat(choice.unedited()).isEqualTo(lowest);
                assertThat(choice.token()).isEqualTo(lowest == 0 ? 11 : 0);
            }
        }
    }

    @Test
    void truncation_goes_on_down_a_large_row_until_a_guard_accepts() {
        int vocabulary = 40_000;
        float[] raw = new float[vocabulary];
        for (int token = 0; token < vocabulary; token++) {
            raw[token] = -token / 10_000f;
        }
        SamplingParameters one = new SamplingParameters(0.7, 1, 0.9, 0, 1, 1, 0, 0, Map.of(), 3);
        Judge late = token -> token < 39_000 ? new Verdict.Reject(RULE, "reject") : Verdict.ACCEPT;
        RankedChoice law = new RankedChoice(one, vocabulary, new BitSet());
        Noise noise = law.noise(0);
        RowQuery query = law.edits().query(law.edits().start(new int[0]), noise.tokens(), null);
        Choice choice = law.choose(ToyModel.ranked(raw, query, new BitSet(), 64), query, noise, () -> raw, late);
        assertThat(choice.token()).isEqualTo(39_000);
        assertThat(choice.refused()).hasSize(39_000);
    }

    @Test
    void typical_goes_on_where_no_mass_is_left() {
        float[] raw = {5, 1, 4, 3, 2};
        SamplingParameters cold = new SamplingParameters(0.001, 0, 1, 0, 0.9, 1, 0, 0, Map.of(), 3);
        Judge late = token -> token == 0 ? new Verdict.Reject(RULE, "reject") : Verdict.ACCEPT;
        assertThat(choose(cold, raw, 5, null, late).token()).isEqualTo(2);
        SamplingParameters colder = new SamplingParameters(1e-60, 0, 1, 0, 0.9, 1, 0, 0, Map.of(), 3);
        assertThat(colder.isGreedy()).isTrue();
        assertThat(choose(colder, raw, 2, null, late).token()).isEqualTo(2);
    }

    @Test
    void a_row_of_forbidden_tokens_is_a_dead_end_with_its_refusals() {
        Verdict reject = new Verdict.Reject(RULE, "reject");
        Choice choice = choose(SamplingParameters.greedy(), new float[] {1, 2}, 1, null, token -> reject);
        assertThat(choice.token()).isEqualTo(Choice.NONE);
        assertThat(choice.unedited()).isEqualTo(1);
        assertThat(choice.refused()).extracting(Choice.Refusal::token).containsExactly(1, 0);
    }

    @Test
    void a_row_without_any_token_is_a_dead_end() {
        float none = Float.NEGATIVE_INFINITY;
        Choice choice = choose(SamplingParameters.greedy(), new float[] {none, none}, 2, null, Judge.LENIENT);
        assertThat(choice).isEqualTo(new Choice(Choice.NONE, Verdict.ACCEPT, Choice.NONE, List.of()));
    }

    @Test
    void truncation_never_ends_an_answer_while_an_admissible_token_exists() {
        SamplingParameters one = new SamplingParameters(1, 1, 1, 0, 1, 1, 0, 0, Map.of(), 3);
        Verdict reject = new Verdict.Reject(RULE, "reject");
        Choice choice = choose(one, new float[] {9, 8, 7, 6}, 2, null, token -> token < 3 ? reject : Verdict.ACCEPT);
        assertThat(choice.token()).isEqualTo(3);
        assertThat(choice.refused()).extracting(Choice.Refusal::token).containsExactly(0, 1, 2);
    }

    @Test
    void the_unedited_token_behind_a_mask_is_refused_with_the_judges_rule() {
        TokenMask mask = new TokenMask(new long[] {0b10});
        Choice choice = choose(
                SamplingParameters.greedy(),
                new float[] {1, 2, 0},
                3,
                mask,
                token -> token == 1 ? new Verdict.Reject(RULE, "reject") : Verdict.ACCEPT);
        assertThat(choice)
                .isEqualTo(new Choice(
                        0, Verdict.ACCEPT, 1, List.of(new Choice.Refusal(1, new Verdict.Reject(RULE, "mask")))));
    }

    @Test
    void a_penalty_moves_the_choice_only_if_another_outweighs_it() {
        float[] raw = {0, 2};
        Verdict light = new Verdict.Penalize(1.5, RULE);
        Verdict heavy = new Verdict.Penalize(2.5, RULE);
        assertThat(choose(SamplingParameters.greedy(), raw, 2, null, token -> token == 1 ? light : Verdict.ACCEPT))
                .isEqualTo(new Choice(1, light, 1, List.of()));
        assertThat(choose(SamplingParameters.greedy(), raw, 2, null, token -> token == 1 ? heavy : Verdict.ACCEPT))
                .isEqualTo(new Choice(0, Verdict.ACCEPT, 1, List.of(new Choice.Refusal(1, heavy))));
    }

    @Test
    void a_row_with_nan_is_refused() {
        assertThatThrownBy(
                        () -> choose(SamplingParameters.greedy(), new float[] {1, Float.NaN}, 2, null, Judge.LENIENT))
                .isInstanceOf(IllegalStateException.class);
    }

    private static Choice choose(
            SamplingParameters sampling, float[] raw, int best, @Nullable TokenMask mask, Judge judge) {
        RankedChoice law = new RankedChoice(sampling, raw.length, new BitSet());
        Noise noise = law.noise(0);
        RowQuery query = law.edits().query(law.edits().start(new int[0]), noise.tokens(), mask);
        return law.choose(ToyModel.ranked(raw, query, new BitSet(), best), query, noise, () -> raw, judge);
    }

    /** One random row, request, prefix and guard; ties, −∞ and tiny vocabularies are common. */
    private static final class Duel {
        private final float[] raw;
        private final int best;
        private final SamplingParameters sampling;
        private final BitSet control = new BitSet();
        private final List<Integer> prompt = new ArrayList<>();
        private final List<Integer> answer = new ArrayList<>();
        private final Map<Integer, Verdict> verdicts = new HashMap<>();
        private final @Nullable TokenMask mask;
        private final RankedChoice law;
        private final long position;

        Duel(Random random) {
            int size = random.nextInt(4) == 0 ? 1 + random.nextInt(6) : 5 + random.nextInt(120);
            raw = new float[size];
            boolean tied = random.nextInt(3) == 0;
            double spread = random.nextInt(3) * 2;
            for (int token = 0; token < size; token++) {
                double logit = spread * random.nextGaussian();
                raw[token] =
                        random.nextInt(20) == 0 ? Float.NEGATIVE_INFINITY : (float) (tied ? Math.rint(logit) : logit);
                if (random.nextInt(15) == 0) {
                    control.set(token);
                }
            }
            best = 1 + random.nextInt(12);
            position = random.nextInt(50);
            for (int i = random.nextInt(5); i > 0; i--) {
                prompt.add(random.nextInt(size));
                answer.add(random.nextInt(size));
            }
            sampling = sampling(random, size);
            law = new RankedChoice(sampling, size, control);
            double strict = random.nextInt(3) == 0 ? random.nextDouble() : 0.1 * random.nextInt(2);
            long[] bits = new long[size / 64 + 1];
            boolean masks = random.nextBoolean();
            for (int token = 0; token < size; token++) {
                if (random.nextDouble() < strict) {
                    verdicts.put(token, verdict(random));
                }
                if (masks && verdicts.get(token) instanceof Verdict.Reject && random.nextBoolean()) {
                    bits[token / 64] |= 1L << token;
                }
            }
            mask = masks ? new TokenMask(bits) : null;
        }

        private static SamplingParameters sampling(Random random, int size) {
            Map<Integer, Float> bias = new HashMap<>();
            if (random.nextInt(4) == 0) {
                bias.put(random.nextInt(size), 2 * random.nextFloat() - 1);
            }
            boolean penalties = random.nextInt(4) == 0;
            return new SamplingParameters(
                    random.nextInt(5) == 0 ? 0 : 0.2 + random.nextDouble() * 1.5,
                    random.nextInt(3) == 0 ? 1 + random.nextInt(15) : 0,
                    random.nextInt(3) == 0 ? 0.05 + 0.95 * random.nextDouble() : 1,
                    random.nextInt(4) == 0 ? random.nextDouble() * 0.5 : 0,
                    random.nextInt(8) == 0 ? 0.1 + 0.9 * random.nextDouble() : 1,
                    penalties ? 0.7 + random.nextDouble() : 1,
                    penalties ? random.nextDouble() : 0,
                    penalties ? random.nextDouble() : 0,
                    bias,
                    random.nextLong());
        }

        private static Verdict verdict(Random random) {
            return switch (random.nextInt(5)) {
                case 0 -> new Verdict.Penalize(random.nextInt(3), RULE);
                case 1 -> new Verdict.Penalize(3 * random.nextDouble(), RULE);
                case 2 -> new Verdict.Rewind(random.nextInt(3), random.nextInt(2), 64, RULE);
                default -> new Verdict.Reject(RULE, "reject");
            };
        }

        private RowQuery query(Noise noise) {
            ScoreEdits edits = law.edits();
            PenaltyCounts counts =
                    edits.start(prompt.stream().mapToInt(Integer::intValue).toArray());
            for (int token : answer) {
                counts = counts.after(token);
            }
            return edits.query(counts, noise.tokens(), mask);
        }

        Choice choose(int length, Supplier<float[]> rawRow) {
            Noise noise = law.noise(position);
            RowQuery query = query(noise);
            RankedRow row = ToyModel.ranked(raw, query, control, length);
            return law.choose(row, query, noise, rawRow, token -> verdicts.getOrDefault(token, Verdict.ACCEPT));
        }

        Choice naive() {
            Noise noise = law.noise(position);
            NaiveLaw plain = new NaiveLaw(sampling, control);
            double logSumExp = ToyModel.ranked(raw, query(noise), control, 1).logSumExp();
            return plain.choose(
                    plain.scaled(raw, prompt, answer),
                    logSumExp,
                    sampling.isGreedy() ? token -> 0 : token -> KeyedNoise.gumbel(sampling.seed(), position, token),
                    mask,
                    token -> verdicts.getOrDefault(token, Verdict.ACCEPT));
        }
    }
}
