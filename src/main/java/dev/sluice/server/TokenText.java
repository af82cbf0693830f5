package dev.sluice.server;

import dev.sluice.token.Vocabulary;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ArrayNode;

/**
 * How single tokens are written: their text, or where they are no whole characters their bytes.
 *
 * @param vocabulary names the control tokens
 */
record TokenText(Vocabulary vocabulary) {
    /** What stands for minus infinity, which JSON cannot say. */
    private static final double LEAST = -9999;

    /** The token as a string; bytes that are no UTF-8 read {@code bytes:\xe2\x80}. */
    String of(int token, byte[] bytes) {
        if (bytes.length == 0) {
            return vocabulary.name(token);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder escaped = new StringBuilder("bytes:");
            for (byte b : bytes) {
                escaped.append("\\x")
                        .append(Character.forDigit((b >> 4) & 15, 16))
                        .append(Character.forDigit(b & 15, 16));
            }
            return escaped.toString();
        }
    }

    /** Appends the bytes as numbers 0 to 255. */
    static void bytes(ArrayNode array, byte[] bytes) {
        for (byte b : bytes) {
            array.add(b & 0xff);
        }
    }

    /** A log-probability that JSON can carry. */
    static double logprob(double value) {
        return Math.max(value, LEAST);
    }

    /** Characters that begin in the bytes. */
    static int characters(byte[] bytes) {
        int count = 0;
        for (byte b : bytes) {
            count += (b & 0xc0) == 0x80 ? 0 : 1;
        }
        return count;
    }
}
