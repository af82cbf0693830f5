package dev.sluice.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Where the stop strings of a request stand in an answer: an immutable fold over the bytes of its tokens.
 *
 * <p>Stop strings are matched on the UTF-8 bytes of the text, exactly, wherever token borders fall.
 */
final class StopState {
    private final List<byte[]> stops;
    private final byte[] tail;
    private final int matched;

    private StopState(List<byte[]> stops, byte[] tail, int matched) {
        this.stops = stops;
        this.tail = tail;
        this.matched = matched;
    }

    /** The state before the first answer token. */
    static StopState of(List<String> stops) {
        return new StopState(
                stops.stream()
                        .map(stop -> stop.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                new byte[0],
                0);
    }

    /** The state after more bytes. */
    StopState after(byte[] bytes) {
        if (stops.isEmpty() || bytes.length == 0) {
            return this;
        }
        byte[] text = Arrays.copyOf(tail, tail.length + bytes.length);
        System.arraycopy(bytes, 0, text, tail.length, bytes.length);
        int start = text.length;
        for (byte[] stop : stops) {
            start = Math.min(start, indexOf(text, stop));
        }
        return new StopState(stops, suffix(text), text.length - start);
    }

    /** Whether the last bytes completed a stop string. */
    boolean completed() {
        return matched > 0;
    }

    /** Bytes from the start of the completed stop string to the end of the text; 0 if none is completed. */
    int matchedBytes() {
        return matched;
    }

    /** Bytes at the end of the text that may become part of a stop string. */
    int pendingBytes() {
        int longest = 0;
        for (byte[] stop : stops) {
            for (int n = Math.min(stop.length - 1, tail.length); n > longest; n--) {
                if (Arrays.equals(tail, tail.length - n, tail.length, stop, 0, n)) {
                    longest = n;
                }
            }
        }
        return longest;
    }

    private byte[] suffix(byte[] text) {
        int keep = stops.stream().mapToInt(stop -> stop.length - 1).max().orElse(0);
        return Arrays.copyOfRange(text, Math.max(0, text.length - keep), text.length);
    }

    private static int indexOf(byte[] text, byte[] stop) {
        for (int i = 0; i + stop.length <= text.length; i++) {
            if (Arrays.equals(text, i, i + stop.length, stop, 0, stop.length)) {
                return i;
            }
        }
        return text.length;
    }
}
