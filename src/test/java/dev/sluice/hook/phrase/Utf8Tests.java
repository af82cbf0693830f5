package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8Tests {
    private static final int[] TEMPTING = {
        0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0,
        0xF1, 0xF4, 0xF5, 0xFF
    };

    @Test
    void any_bytes_cut_anywhere_decode_as_the_jdk_decodes_them_whole() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(12)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) TEMPTING[random.nextInt(TEMPTING.length)];
            }
            Utf8 utf8 = new Utf8();
            utf8.reset(0, 0, 0);
            StringBuilder decoded = new StringBuilder();
            for (byte[] piece : Pieces.cut(bytes, BitSet.valueOf(new long[] {random.nextLong()}))) {
                utf8.reset(utf8.pending, utf8.pendingBytes, utf8.pendingStart);
                utf8.feed(piece, 0);
                append(decoded, utf8);
            }
            utf8.reset(utf8.pending, utf8.pendingBytes, utf8.pendingStart);
            utf8.end();
            append(decoded, utf8);
            assertThat(decoded.toString())
                    .as("seed %d, bytes %s", seed, Arrays.toString(bytes))
                    .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    @Test
    void a_character_cut_between_tokens_starts_at_the_token_of_its_first_byte() {
        Utf8 utf8 = new Utf8();
        byte[] bytes = Pieces.utf8("x€");
        utf8.reset(0, 0, 0);
        utf8.feed(Arrays.copyOf(bytes, 2), 7);
        utf8.feed(Arrays.copyOfRange(bytes, 2, 3), 8);
        utf8.feed(Arrays.copyOfRange(bytes, 3, 4), 9);
        assertThat(Arrays.copyOf(utf8.codes, utf8.size)).containsExactly('x', '€');
        assertThat(Arrays.copyOf(utf8.starts, utf8.size)).containsExactly(7, 7);
    }

    private static void append(StringBuilder text, Utf8 utf8) {
        for (int i = 0; i < utf8.size; i++) {
            text.appendCodePoint(utf8.codes[i]);
        }
    }
}
