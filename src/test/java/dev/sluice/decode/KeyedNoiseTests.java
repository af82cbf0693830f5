package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keyed noise is reproducible, uniform and independent; its heavy table is complete. */
class KeyedNoiseTests {
    private static final boolean THOROUGH = "thorough".equals(System.getProperty("sluice.tests.scale"));

    @Test
    void heavy_equals_a_scan_of_all_tokens() {
        for (long seed = 0; seed < 20; seed++) {
            int size = (int) (1 + seed * 997);
            NoiseTable table = KeyedNoise.heavy(seed, seed * 3, size);
            List<Integer> tokens = new ArrayList<>();
            List<Double> values = new ArrayList<>();
            for (int token = 0; token < size; token++) {
                double noise = KeyedNoise.gumbel(seed, seed * 3, token);
                assertThat(table.of(token)).isEqualTo(noise);
                if (noise > table.bound()) {
                    tokens.add(token);
                    values.add(noise);
                }
            }
            assertThat(table.tokens())
                    .containsExactly(tokens.stream().mapToInt(Integer::intValue).toArray());
            assertThat(table.values())
                    .containsExactly(
                            values.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    @Test
    void heavy_keeps_about_one_token_in_48() {
        int heavy = KeyedNoise.heavy(11, 5, 480_000).tokens().length;
        // 10,000 expected, standard deviation 99: five of them either way.
        assertThat(heavy).isBetween(9_500, 10_500);
    }

    /** Chi-square over 64 cells along each of four axes; false alarm 1e-6 a run each. */
    @Test
    void noise_is_uniform_along_tokens_positions_seeds_and_the_diagonal() {
        int draws = THOROUGH ? 4_000_000 : 256_000;
        long[][] counts = new long[4][64];
        for (int i = 0; i < draws; i++) {
            counts[0][cell(KeyedNoise.gumbel(1, 2, i))]++;
            counts[1][cell(KeyedNoise.gumbel(1, i, 2))]++;
            counts[2][cell(KeyedNoise.gumbel(i, 1, 2))]++;
            counts[3][cell(KeyedNoise.gumbel(i, i, i))]++;
        }
        for (long[] axis : counts) {
            assertThat(chiSquare(axis, draws)).isLessThan(quantile(63));
        }
    }

    /** Pairs of neighbours in one axis fall into 16 × 16 cells; false alarm 1e-6 each. */
    @Test
    void neighbouring_positions_seeds_and_tokens_are_independent() {
        int draws = THOROUGH ? 4_000_000 : 256_000;
        long[][] counts = new long[4][256];
        for (int i = 0; i < draws; i++) {
            counts[0][16 * (cell(KeyedNoise.gumbel(7, i, 3)) / 4) + cell(KeyedNoise.gumbel(7, i + 1, 3)) / 4]++;
            counts[1][16 * (cell(KeyedNoise.gumbel(i, 7, 3)) / 4) + cell(KeyedNoise.gumbel(i + 1, 7, 3)) / 4]++;
            counts[2][16 * (cell(KeyedNoise.gumbel(7, 3, i)) / 4) + cell(KeyedNoise.gumbel(7, 3, i + 1)) / 4]++;
            counts[3][
                    16 * (cell(KeyedNoise.gumbel(i, 3, 5)) / 4)
                            + cell(KeyedNoise.gumbel(KeyedNoise.choiceSeed(i, 1), 3, 5)) / 4]++;
        }
        for (long[] axis : counts) {
            assertThat(chiSquare(axis, draws)).isLessThan(quantile(255));
        }
    }

    @Test
    void choice_0_uses_the_seed_itself_and_the_others_differ() {
        assertThat(KeyedNoise.choiceSeed(42, 0)).isEqualTo(42);
        assertThat(List.of(
                        KeyedNoise.choiceSeed(42, 1),
                        KeyedNoise.choiceSeed(42, 2),
                        KeyedNoise.choiceSeed(43, 1),
                        KeyedNoise.choiceSeed(0, 1),
                        42L))
                .doesNotHaveDuplicates();
    }

    @Test
    void values_never_change() {
        assertThat(KeyedNoise.gumbel(0, 0, 0)).isEqualTo(GOLDEN_0);
        assertThat(KeyedNoise.gumbel(-1, 1L << 40, 49_151)).isEqualTo(GOLDEN_1);
    }

    private static final double GOLDEN_0 = 0.7389280252818959;
    private static final double GOLDEN_1 = 1.6010994724514211;

    private static int cell(double gumbel) {
        return (int) (64 * Math.exp(-Math.exp(-gumbel)));
    }

    private static double chiSquare(long[] counts, int draws) {
        double expected = (double) draws / counts.length;
        double sum = 0;
        for (long count : counts) {
            sum += (count - expected) * (count - expected) / expected;
        }
        return sum;
    }

    /** The upper 1e-6 quantile of chi-square (Wilson and Hilferty). */
    private static double quantile(int freedom) {
        double spread = 2.0 / (9 * freedom);
        double root = 1 - spread + 4.7534 * Math.sqrt(spread);
        return freedom * root * root * root;
    }
}
