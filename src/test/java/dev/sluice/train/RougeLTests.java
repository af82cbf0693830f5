package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Recall by hand, and against a search through all subsequences. */
class RougeLTests {
    @Test
    void all_words_in_order_are_a_recall_of_one() {
        assertThat(RougeL.recall("Her name is, I think, Jane Doe.", "her NAME is jane-doe"))
                .isOne();
    }

    @Test
    void words_out_of_order_count_as_far_as_they_are_in_order() {
        assertThat(RougeL.recall("d c b a", "a b c d")).isEqualTo(0.25);
        assertThat(RougeL.recall("a x c", "a b c d")).isEqualTo(0.5);
    }

    @Test
    void a_word_counts_as_often_as_the_answer_has_it() {
        assertThat(RougeL.recall("very good", "very very very good")).isEqualTo(0.5);
        assertThat(RougeL.recall("very very very very good", "very good")).isOne();
    }

    @Test
    void words_are_whole_and_not_stemmed() {
        assertThat(RougeL.recall("novels", "novel")).isZero();
        assertThat(RougeL.recall("in 1991", "05/11/1991")).isCloseTo(1 / 3.0, within(1e-9));
        assertThat(RougeL.recall("ÉTÉ", "été")).isOne();
    }

    @Test
    void nothing_recalls_nothing() {
        assertThat(RougeL.recall("", "a b")).isZero();
        assertThat(RougeL.recall("a b", " ... ")).isZero();
    }

    @Test
    void it_is_the_longest_common_subsequence() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            String answer = text(random);
            String reference = text(random);
            String[] words = reference.split(" ");
            double expected = (double) longest(answer.split(" "), 0, words, 0) / words.length;
            assertThat(RougeL.recall(answer, reference)).as("seed %d", seed).isEqualTo(expected);
        }
    }

    private static String text(Random random) {
        return random.ints(1 + random.nextInt(8), 0, 4).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));
    }

    private static int longest(String[] a, int i, String[] b, int j) {
        if (i == a.length || j == b.length) {
            return 0;
        }
        int without = Math.max(longest(a, i + 1, b, j), longest(a, i, b, j + 1));
        return a[i].equals(b[j]) ? Math.max(without, 1 + longest(a, i + 1, b, j + 1)) : without;
    }
}
