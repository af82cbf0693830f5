package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Log-probabilities are the raw ones, and alternatives leave out what must not be shown. */
class LogprobsTests {
    private static final float[] RAW = {1, 3, 3, Float.NEGATIVE_INFINITY, 2};

    @Test
    void the_probabilities_of_a_row_add_up_to_one() {
        Logprobs all = Logprobs.of(RAW, 4, 5, token -> false);
        double sum = 0;
        for (double logprob : all.logprobs()) {
            sum += Math.exp(logprob);
        }
        assertThat(sum).isCloseTo(1, Offset.offset(1e-12));
        assertThat(all.chosen()).isEqualTo(all.logprobs()[2]);
    }

    @Test
    void alternatives_come_by_probability_then_id() {
        assertThat(Logprobs.of(RAW, 0, 3, token -> false).tokens()).containsExactly(1, 2, 4);
    }

    @Test
    void forbidden_alternatives_make_room_for_others() {
        assertThat(Logprobs.of(RAW, 0, 2, token -> token == 1 || token == 4).tokens())
                .containsExactly(2, 0);
        assertThat(Logprobs.of(RAW, 0, 2, token -> true).tokens()).isEmpty();
        assertThat(Logprobs.of(RAW, 0, 0, token -> false).tokens()).isEmpty();
    }
}
