package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Series;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IncrementalDetokenizerTests {
    @Test
    void half_a_character_waits_for_the_other_half() {
        IncrementalDetokenizer text = new IncrementalDetokenizer(vocabulary("a", "\u00e2", "\u0082", "\u00ac"));
        assertThat(text.append(0)).isEqualTo("a");
        assertThat(text.append(1)).isEmpty();
        assertThat(text.append(2)).isEmpty();
        assertThat(text.held()).isEqualTo(2);
        IncrementalDetokenizer other = text.copy();
        assertThat(text.append(3)).isEqualTo("€");
        assertThat(text.flush()).isEmpty();
        assertThat(other.append(0)).isEqualTo("\uFFFDa");
    }

    @Test
    void what_stays_incomplete_is_a_replacement_character_at_the_end() {
        IncrementalDetokenizer text = new IncrementalDetokenizer(vocabulary("\u00f0\u009f"));
        assertThat(text.append(0)).isEmpty();
        assertThat(text.flush()).isEqualTo("\uFFFD");
        assertThat(text.flush()).isEmpty();
    }

    @Test
    void random_tokens_give_the_text_of_all_bytes_at_once() {
        for (int seed : Series.of("detokenising", 5_000, 200_000)) {
            Random random = new Random(seed);
            Vocabulary vocabulary = random(random);
            IncrementalDetokenizer detokenizer = new IncrementalDetokenizer(vocabulary);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                int token = random.nextInt(vocabulary.size());
                bytes.writeBytes(vocabulary.bytes(token));
                String more = detokenizer.append(token);
                assertThat(Character.isHighSurrogate(more.isEmpty() ? 'a' : more.charAt(more.length() - 1)))
                        .as("seed " + seed)
                        .isFalse();
                text.append(more);
                assertThat(detokenizer.held()).as("seed " + seed).isBetween(0, 3);
            }
            text.append(detokenizer.flush());
            assertThat(text.toString()).as("seed " + seed).isEqualTo(bytes.toString(StandardCharsets.UTF_8));
        }
    }

    /** Tokens that are random cuts of well-formed and of broken UTF-8. */
    private static Vocabulary random(Random random) {
        String[] names = new String[20];
        for (int token = 0; token < names.length; token++) {
            StringBuilder name = new StringBuilder();
            for (int i = random.nextInt(4); i >= 0; i--) {
                int[] interesting = {
                    'a', 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff
                };
                name.append((char) interesting[random.nextInt(interesting.length)]);
            }
            names[token] = name.toString();
        }
        return vocabulary(names);
    }

    private static Vocabulary vocabulary(String... latin1) {
        byte[][] bytes = new byte[latin1.length][];
        for (int token = 0; token < bytes.length; token++) {
            bytes[token] = latin1[token].getBytes(StandardCharsets.ISO_8859_1);
        }
        return new Vocabulary(bytes, latin1, new BitSet(), new BitSet());
    }
}
