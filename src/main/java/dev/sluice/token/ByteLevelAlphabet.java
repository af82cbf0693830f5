package dev.sluice.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The alphabet of byte-level BPE: each byte has a printable character, so that vocabularies can be text files.
 *
 * <p>Printable bytes of Latin-1 stand for themselves, the others for the characters from U+0100 on, in order.
 */
final class ByteLevelAlphabet {
    private static final int FIRST_SUBSTITUTE = 0x100;
    private static final int[] BYTES = bytesByCharacter();

    private ByteLevelAlphabet() {}

    /** The bytes that a name spells, or those of its UTF-8 if a character of it is not in the alphabet. */
    static byte[] bytes(String name) {
        byte[] bytes = new byte[name.length()];
        for (int i = 0; i < bytes.length; i++) {
            char character = name.charAt(i);
            int value = character < BYTES.length ? BYTES[character] : -1;
            if (value < 0) {
                return name.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }

    private static int[] bytesByCharacter() {
        int[] bytes = new int[2 * FIRST_SUBSTITUTE];
        Arrays.fill(bytes, -1);
        int substitute = FIRST_SUBSTITUTE;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xa1 && value <= 0xff && value != 0xad);
            bytes[printable ? value : substitute++] = value;
        }
        return bytes;
    }
}
