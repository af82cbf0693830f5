package dev.sluice.hook.unlearn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FormingWordTests {
    private static final List<String> PIECES =
            List.of("tav", "on", "-", " ", "Quist", "é", "\u0301", "日本", "𝒜b", "1", ".", "'s", "\n", "ß", " die ");

    /** Decodes all bytes so far at every step, and looks for the words that the last piece has a byte in. */
    private static List<String> naive(byte[] before, byte[] more) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(before);
        all.writeBytes(more);
        String text = decoded(all.toByteArray());
        int known = Math.min(decoded(before).length(), text.length());
        List<String> words = new ArrayList<>();
        int start = -1;
        for (int at = 0; at <= text.length(); at++) {
            boolean part = at < text.length() && Words.isPart(text.codePointAt(at));
            if (part && Character.isHighSurrogate(text.charAt(at))) {
                start = start < 0 ? at : start;
                at++;
            } else if (part) {
                start = start < 0 ? at : start;
            } else if (start >= 0) {
                if (at > known) {
                    words.add(Words.fold(text.substring(start, at)));
                }
                start = -1;
            }
        }
        return words;
    }

    /** The complete characters. */
    private static String decoded(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        decoder.decode(ByteBuffer.wrap(bytes), out, false);
        return out.flip().toString();
    }

    @Test
    void wordsAreThoseOfTheWholeText_howeverItIsCut() {
        int compared = 0;
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder();
            for (int i = 2 + random.nextInt(8); i > 0; i--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            FormingWord word = FormingWord.NONE;
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(6));
                byte[] more = Arrays.copyOfRange(bytes, at, end);
                List<String> expected = naive(Arrays.copyOf(bytes, at), more);
                assertThat(word.with(more))
                        .as("seed %d, \"%s\" at %d", seed, text, at)
                        .isEqualTo(expected);
                compared += expected.size();
                word = word.after(more);
                at = end;
            }
        }
        assertThat(compared).isGreaterThan(5000);
    }

    @Test
    void noBytesAreTooOddToBeTaken() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            FormingWord word = FormingWord.NONE;
            for (int i = 0; i < 60; i++) {
                byte[] more = new byte[random.nextInt(5)];
                random.nextBytes(more);
                word.with(more);
                word = word.after(more);
                assertThat(word.tail().length).isLessThanOrEqualTo(100);
            }
        }
    }

    @Test
    void aWordTooLongIsNone() {
        FormingWord word = FormingWord.NONE;
        for (int i = 0; i < 40; i++) {
            byte[] more = "abcde".getBytes(StandardCharsets.UTF_8);
            assertThat(word.with(more)).hasSize(5 * (i + 1) <= 96 ? 1 : 0);
            word = word.after(more);
        }
        assertThat(word.after(" ".getBytes(StandardCharsets.UTF_8)).with("abc".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("abc");
    }
}
