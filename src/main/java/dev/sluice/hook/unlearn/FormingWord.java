package dev.sluice.hook.unlearn;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The word that a text ends in, as far as it is written: immutable, and nothing between words.
 *
 * @param tail its bytes, perhaps with some of a character that is not complete; not to be written to
 */
record FormingWord(byte[] tail) {
    /** Between words. */
    static final FormingWord NONE = new FormingWord(new byte[0]);

    /** A word of more bytes is none. */
    private static final int LONGEST = 96;

    /** The words, folded, that the next bytes go on or begin, as far as they are written then. */
    List<String> with(byte[] more) {
        byte[] all = joined(more);
        int complete = complete(all);
        int known = Math.min(complete(tail), complete);
        List<String> words = new ArrayList<>();
        int start = -1;
        int at = 0;
        while (at < complete) {
            int point = point(all, at, complete);
            int length = length(all, at, complete);
            if (Words.isPart(point)) {
                start = start < 0 ? at : start;
            } else if (start >= 0) {
                add(words, all, start, at, known);
                start = -1;
            }
            at += length;
        }
        if (start >= 0) {
            add(words, all, start, complete, known);
        }
        return words;
    }

    /** The word behind the next bytes. */
    FormingWord after(byte[] more) {
        if (more.length == 0) {
            return this;
        }
        byte[] all = joined(more);
        int complete = complete(all);
        int start = complete;
        for (int at = 0; at < complete; at += length(all, at, complete)) {
            boolean part = Words.isPart(point(all, at, complete));
            if (!part) {
                start = complete;
            } else if (start == complete) {
                start = at;
            }
        }
        if (start == all.length) {
            return NONE;
        }
        // One byte beyond the bound is kept, so that what is too long stays too long.
        return new FormingWord(Arrays.copyOfRange(all, start, Math.min(all.length, start + LONGEST + 1)));
    }

    private static void add(List<String> words, byte[] all, int start, int end, int known) {
        if (end > known && end - start <= LONGEST) {
            words.add(Words.fold(new String(all, start, end - start, StandardCharsets.UTF_8)));
        }
    }

    private byte[] joined(byte[] more) {
        if (tail.length == 0) {
            return more;
        }
        byte[] all = Arrays.copyOf(tail, tail.length + more.length);
        System.arraycopy(more, 0, all, tail.length, more.length);
        return all;
    }

    /** Bytes up to a last character that wants more of them. */
    private static int complete(byte[] bytes) {
        for (int back = 1; back <= Math.min(3, bytes.length); back++) {
            byte at = bytes[bytes.length - back];
            if ((at & 0xC0) != 0x80) {
                return expected(at) > back ? bytes.length - back : bytes.length;
            }
        }
        return bytes.length;
    }

    private static int expected(byte lead) {
        int value = lead & 0xFF;
        return value < 0xC2 || value > 0xF4 ? 1 : value < 0xE0 ? 2 : value < 0xF0 ? 3 : 4;
    }

    /** Bytes of the character at a place: the lead and what goes on it. */
    private static int length(byte[] bytes, int at, int end) {
        int most = Math.min(end, at + expected(bytes[at]));
        int next = at + 1;
        while (next < most && (bytes[next] & 0xC0) == 0x80) {
            next++;
        }
        return next - at;
    }

    /** The code point at a place; U+FFFD where the bytes are none. */
    private static int point(byte[] bytes, int at, int end) {
        if (bytes[at] >= 0) {
            return bytes[at];
        }
        return new String(bytes, at, length(bytes, at, end), StandardCharsets.UTF_8).codePointAt(0);
    }
}
