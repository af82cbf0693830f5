package dev.sluice.hook.phrase;

import java.util.Arrays;

/**
 * Bytes of tokens to code points, with a character that is cut between tokens kept for the next one.
 *
 * <p>Bytes that are no UTF-8 become U+FFFD exactly where the JDK's decoder puts it. A workspace: reset it, feed it, read
 * {@link #codes} and {@link #starts} up to {@link #size}. Not thread-safe.
 */
final class Utf8 {
    private static final int REPLACEMENT = 0xFFFD;

    /** The code points decoded since the last reset. */
    int[] codes = new int[64];
    /** Per code point the position of the token that holds its first byte. */
    int[] starts = new int[64];
    /** Number of code points decoded. */
    int size;

    /** The bytes of an unfinished character, last byte lowest; at most three. */
    int pending;
    /** Number of unfinished bytes. */
    int pendingBytes;
    /** Position of the token that holds the first unfinished byte. */
    int pendingStart;

    /** Forgets what was decoded and goes on behind these unfinished bytes. */
    void reset(int unfinished, int unfinishedBytes, int unfinishedStart) {
        size = 0;
        pending = unfinished;
        pendingBytes = unfinishedBytes;
        pendingStart = unfinishedStart;
    }

    /** Decodes the bytes of the token at a position. */
    void feed(byte[] bytes, int position) {
        for (byte b : bytes) {
            feed(b, position);
        }
    }

    /** Decodes one byte of the token at a position. */
    void feed(byte b, int position) {
        decode(b & 0xFF, position);
    }

    /** Ends the text: an unfinished character becomes U+FFFD. */
    void end() {
        if (pendingBytes > 0) {
            emit(REPLACEMENT, pendingStart);
            pendingBytes = 0;
            pending = 0;
        }
    }

    private void decode(int b, int position) {
        if (pendingBytes > 0) {
            if (continues(b)) {
                pending = (pending << 8) | b;
                pendingBytes++;
                if (pendingBytes == length(lead())) {
                    emit(assemble(), pendingStart);
                    pendingBytes = 0;
                    pending = 0;
                }
                return;
            }
            end();
        }
        if (b < 0x80) {
            emit(b, position);
        } else if (length(b) == 0) {
            emit(REPLACEMENT, position);
        } else {
            pending = b;
            pendingBytes = 1;
            pendingStart = position;
        }
    }

    private int lead() {
        return (pending >>> (8 * (pendingBytes - 1))) & 0xFF;
    }

    /** Bytes of the character that a byte leads, or 0 if it leads none. */
    private static int length(int lead) {
        if (lead < 0xC2 || lead > 0xF4) {
            return 0;
        }
        return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    }

    /** Whether a byte may follow the unfinished ones: shortest form, nothing above U+10FFFF. */
    private boolean continues(int b) {
        if ((b & 0xC0) != 0x80) {
            return false;
        }
        if (pendingBytes > 1) {
            return true;
        }
        return switch (pending) {
            case 0xE0 -> b >= 0xA0;
            case 0xF0 -> b >= 0x90;
            case 0xF4 -> b < 0x90;
            default -> true;
        };
    }

    private int assemble() {
        int code = lead() & (0x7F >>> pendingBytes);
        for (int i = pendingBytes - 2; i >= 0; i--) {
            code = (code << 6) | ((pending >>> (8 * i)) & 0x3F);
        }
        return code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE ? REPLACEMENT : code;
    }

    private void emit(int code, int start) {
        if (size == codes.length) {
            codes = Arrays.copyOf(codes, size * 2);
            starts = Arrays.copyOf(starts, size * 2);
        }
        codes[size] = code;
        starts[size++] = start;
    }
}
