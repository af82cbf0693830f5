package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** When two vocabularies are the same: what lets one model draft for another. */
class VocabularyTests {
    private static Vocabulary of(int control, int end, String... texts) {
        byte[][] bytes = Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        BitSet controls = new BitSet();
        controls.set(control);
        BitSet ends = new BitSet();
        ends.set(end);
        return new Vocabulary(bytes, texts, controls, ends);
    }

    @Test
    void the_first_difference_is_of_bytes_kind_or_size() {
        Vocabulary one = of(0, 0, "", "a", "b");
        assertThat(one.firstDifference(of(0, 0, "", "a", "b"))).isEqualTo(-1);
        assertThat(one.firstDifference(of(0, 0, "", "a", "c"))).isEqualTo(2);
        assertThat(one.firstDifference(of(1, 0, "", "a", "b"))).isEqualTo(0);
        assertThat(one.firstDifference(of(0, 1, "", "a", "b"))).isEqualTo(0);
        assertThat(one.firstDifference(of(0, 0, "", "a"))).isEqualTo(2);
        assertThat(of(0, 0, "", "a").firstDifference(one)).isEqualTo(2);
    }
}
