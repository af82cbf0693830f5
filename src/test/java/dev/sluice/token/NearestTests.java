package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The nearest word is one that people would have meant. */
class NearestTests {
    @Test
    void small_slips_are_recognised() {
        List<String> known = List.of("match", "on-match", "max-length", "ban");
        assertThat(Nearest.to("mtach", known)).isEqualTo("match");
        assertThat(Nearest.to("onmatch", known)).isEqualTo("on-match");
        assertThat(Nearest.to("Ban", known)).isEqualTo("ban");
        assertThat(Nearest.to("maxlength", known)).isEqualTo("max-length");
    }

    @Test
    void what_is_far_off_is_not_guessed() {
        assertThat(Nearest.to("severity", List.of("match", "ban", "id"))).isNull();
        assertThat(Nearest.to("x", List.of("match", "ban"))).isNull();
        assertThat(Nearest.to("", List.of())).isNull();
    }

    @Test
    void the_distance_is_that_of_the_definition() {
        for (long seed = 0; seed < 500; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String a = word(random);
            String b = word(random);
            assertThat(Nearest.distance(a, b)).as("seed %d: %s, %s", seed, a, b).isEqualTo(naive(a, b));
        }
    }

    private static String word(SplittableRandom random) {
        return random.ints(random.nextInt(7), 'a', 'd')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** The recursive definition, from the ends of the words. */
    private static int naive(String a, String b) {
        int n = a.length();
        int m = b.length();
        if (n == 0 || m == 0) {
            return n + m;
        }
        String a1 = a.substring(0, n - 1);
        String b1 = b.substring(0, m - 1);
        int best = Math.min(naive(a1, b), naive(a, b1)) + 1;
        best = Math.min(best, naive(a1, b1) + (a.charAt(n - 1) == b.charAt(m - 1) ? 0 : 1));
        boolean swapped = n > 1 && m > 1 && a.charAt(n - 1) == b.charAt(m - 2) && a.charAt(n - 2) == b.charAt(m - 1);
        return swapped ? Math.min(best, naive(a.substring(0, n - 2), b.substring(0, m - 2)) + 1) : best;
    }
}
