package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.sluice.decode.LaneMixture.Mode;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The mixture from a device's candidates, from whole rows, and by a plain reading of the law, on random rows. */
class LaneMixtureTests {
    private static final RuleId RULE = new RuleId("policy", "rule");

    @Test
    void candidates_wholeRows_andAPlainReading_agree() {
        Series duels = Series.of("lane-mixtures", 4_000, 200_000);
        int proven = 0;
        for (int number : duels) {
            Duel duel = new Duel(new Random(70_000 + number));
            int[] fetched = {0};
            Choice few = duel.choose(duel.best, fetched);
            assertThat(duel.choose(1, new int[1]))
                    .as("seed %d from whole rows", 70_000 + number)
                    .isEqualTo(few);
            if (duel.sampling.typicalP() == 1) {
                assertThat(few.token()).as("seed %d plainly", 70_000 + number).isEqualTo(duel.plainly());
            }
            proven += fetched[0] == 0 ? 1 : 0;
        }
        if (duels.isTelling()) {
            assertThat(proven).as("proven from candidates").isGreaterThan(duels.ran() / 4);
        }
    }

    @Test
    void theReportedMixture_isTheLogarithmOfTheWeightedSum() {
        LaneMixture mixture = new LaneMixture(SamplingParameters.greedy(), 3, new BitSet(), Mode.MIXTURE);
        float[] mixed = mixture.mixed(
                List.of(new float[] {0, 0, Float.NEGATIVE_INFINITY}, new float[] {0, 0, 0}), new double[] {0.25, 0.75});
        assertThat(Math.exp(mixed[0])).isCloseTo(0.25 / 2 + 0.75 / 3, offset(1e-7));
        assertThat(Math.exp(mixed[2])).isCloseTo(0.75 / 3, offset(1e-7));
    }

    /** Rows of two or three lanes. */
    private static final class Duel {
        private final int lanes;
        private final float[][] raw;
        private final int best;
        private final BitSet control = new BitSet();
        private final SamplingParameters sampling;
        private final double[] weights;
        private final Mode mode;
        private final Map<Integer, Verdict> verdicts = new HashMap<>();
        private final LaneMixture law;
        private final RankedChoice alone;

        Duel(Random random) {
            lanes = 2 + random.nextInt(2);
            int size = random.nextInt(5) == 0 ? 1 + random.nextInt(5) : 10 + random.nextInt(150);
            raw = new float[lanes][size];
            double[] common = random.doubles(size).map(x -> 8 * x).toArray();
            weights = new double[lanes];
            double sum = 0;
            for (int lane = 0; lane < lanes; lane++) {
                for (int token = 0; token < size; token++) {
                    raw[lane][token] = (float) (common[token] + 2 * random.nextGaussian());
                }
                weights[lane] = 0.1 + random.nextDouble();
                sum += weights[lane];
            }
            for (int lane = 0; lane < lanes; lane++) {
                weights[lane] /= sum;
            }
            best = 4 + random.nextInt(24);
            mode = random.nextInt(3) == 0 ? Mode.PRODUCT : Mode.MIXTURE;
            sampling = new SamplingParameters(
                    random.nextInt(4) == 0 ? 0 : 0.3 + random.nextDouble(),
                    random.nextInt(3) == 0 ? 1 + random.nextInt(12) : 0,
                    random.nextInt(3) == 0 ? 0.2 + 0.8 * random.nextDouble() : 1,
                    random.nextInt(4) == 0 ? random.nextDouble() * 0.4 : 0,
                    random.nextInt(10) == 0 ? 0.5 : 1,
                    1,
                    0,
                    0,
                    Map.of(random.nextInt(size), 1f),
                    random.nextLong());
            double strict = random.nextInt(3) == 0 ? random.nextDouble() : 0;
            for (int token = 0; token < size; token++) {
                if (random.nextDouble() < strict) {
                    verdicts.put(
                            token,
                            random.nextBoolean()
                                    ? new Verdict.Reject(RULE, "reject")
                                    : new Verdict.Penalize(2 * random.nextDouble(), RULE));
                }
                if (random.nextInt(20) == 0 && token > 0) {
                    control.set(token);
                }
            }
            law = new LaneMixture(sampling, size, control, mode);
            alone = new RankedChoice(sampling, size, control);
        }

        private Verdict judge(int token) {
            return verdicts.getOrDefault(token, Verdict.ACCEPT);
        }

        Choice choose(int length, int[] fetched) {
            Noise noise = alone.noise(3);
            RowQuery query = alone.edits().query(alone.edits().start(new int[0]), noise.tokens(), null);
            List<RankedRow> rows = new ArrayList<>();
            for (float[] row : raw) {
                rows.add(ToyModel.ranked(row, query, control, length));
            }
            LaneMixture.Position at = new LaneMixture.Position(
                    rows,
                    query,
                    weights,
                    lane -> {
                        fetched[0]++;
                        return raw[lane];
                    },
                    (lane, tokens) -> {
                        float[] some = new float[tokens.length];
                        for (int i = 0; i < some.length; i++) {
                            some[i] = raw[lane][tokens[i]];
                        }
                        return some;
                    });
            return law.choose(at, noise, this::judge, Acceptance.NONE);
        }

        int plainly() {
            NaiveLaw plain = new NaiveLaw(sampling, control);
            int size = raw[0].length;
            double[][] log = new double[lanes][size];
            double[][] whole = new double[lanes][size];
            for (int lane = 0; lane < lanes; lane++) {
                float[] scaled = plain.scaled(raw[lane], List.of(), List.of());
                double all = 0;
                for (float logit : scaled) {
                    all += Math.exp(logit);
                }
                Set<Integer> kept = plain.truncated(scaled, (float) Math.log(all), new HashSet<>(), true);
                double mass = kept.stream()
                        .mapToDouble(token -> Math.exp(scaled[token]))
                        .sum();
                for (int token = 0; token < size; token++) {
                    log[lane][token] = kept.contains(token) ? scaled[token] - Math.log(mass) : Double.NEGATIVE_INFINITY;
                    whole[lane][token] = scaled[token] - Math.log(all);
                }
            }
            int found = best(log);
            return found >= 0 ? found : best(whole);
        }

        private int best(double[][] log) {
            int winner = -1;
            double winning = Double.NEGATIVE_INFINITY;
            for (int token = 0; token < log[0].length; token++) {
                double sum = 0;
                for (int lane = 0; lane < lanes; lane++) {
                    sum += mode == Mode.MIXTURE
                            ? weights[lane] * Math.exp(log[lane][token])
                            : weights[lane] * log[lane][token];
                }
                double score = (mode == Mode.MIXTURE ? Math.log(sum) : sum)
                        + (sampling.isGreedy() ? 0 : KeyedNoise.gumbel(sampling.seed(), 3, token));
                if (judge(token) instanceof Verdict.Penalize penalize) {
                    score -= penalize.nats();
                }
                if (!(judge(token) instanceof Verdict.Reject) && score > winning) {
                    winning = score;
                    winner = token;
                }
            }
            return winner;
        }
    }
}
