package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is believed about the cost of passes, against a machine whose true costs are known. */
class PassCostsTests {
    private static final long[] START = {100, 120, 150, 240, 440, 800};

    private static double truth(int tokens, int sessions) {
        return 9.8 + 2.2 * (tokens - 1) + 1.5 * (sessions - 1);
    }

    @Test
    void the_start_curve_is_kept_where_it_was_measured_and_straight_between() {
        PassCosts costs = new PassCosts(START);
        assertThat(costs.time(1, 1)).isEqualTo(100);
        assertThat(costs.time(3, 1)).isEqualTo(135, within(1e-9));
        assertThat(costs.time(32, 1)).isEqualTo(800);
        assertThat(costs.time(64, 1)).isEqualTo(800 + 32 * 22.5, within(1e-6));
        assertThat(costs.marginal(1, 1)).isEqualTo(0.2, within(1e-9));
        assertThat(costs.time(5, 4)).as("a number of sessions not seen yet").isEqualTo(costs.time(5, 1));
    }

    @Test
    void noisy_passes_teach_the_true_curve_and_their_unit() {
        long seed = Long.getLong("sluice.tests.seed", 11);
        Random random = new Random(seed);
        PassCosts costs = new PassCosts(START);
        for (int pass = 0; pass < 4_000; pass++) {
            int tokens = 1 + random.nextInt(12);
            int sessions = random.nextBoolean() ? 1 : 4;
            double late = random.nextInt(20) == 0 ? 1 + 5 * random.nextDouble() : 1;
            costs.learn(tokens, sessions, truth(tokens, sessions) * late * (0.95 + 0.1 * random.nextDouble()));
        }
        for (int sessions : new int[] {1, 4}) {
            for (int tokens = 1; tokens <= 12; tokens++) {
                assertThat(costs.time(tokens, sessions) / truth(tokens, sessions))
                        .as("seed %d, %d tokens, %d sessions", seed, tokens, sessions)
                        .isCloseTo(1, within(0.12));
            }
        }
    }

    @Test
    void the_curve_never_falls_whatever_is_learned() {
        Random random = new Random(4);
        PassCosts costs = new PassCosts(null);
        for (int pass = 0; pass < 3_000; pass++) {
            costs.learn(1 + random.nextInt(200), 1 + random.nextInt(9), Math.exp(4 * random.nextGaussian()));
            int tokens = 1 + random.nextInt(1_500);
            int sessions = 1 + random.nextInt(9);
            assertThat(costs.marginal(tokens, sessions)).isNotNegative();
            assertThat(costs.time(tokens, sessions)).isPositive().isFinite();
        }
    }

    @Test
    void a_machine_that_gets_slower_as_a_whole_keeps_its_shape() {
        PassCosts costs = new PassCosts(START);
        double before = costs.marginal(8, 1);
        for (int pass = 0; pass < 400; pass++) {
            costs.learn(1, 1, 200);
            costs.learn(4, 1, 300);
        }
        assertThat(costs.time(1, 1)).isCloseTo(200, within(6.0));
        assertThat(costs.marginal(8, 1)).isCloseTo(before, within(0.05));
    }

    @Test
    void what_is_no_time_is_not_learned() {
        PassCosts costs = new PassCosts(START);
        costs.learn(1, 1, 0);
        costs.learn(1, 1, -5);
        assertThat(costs.time(1, 1)).isEqualTo(100);
        assertThatThrownBy(() -> new PassCosts(new long[] {1, 2}))
                .hasMessageStartingWith("a start curve has 6 positive times");
    }
}
