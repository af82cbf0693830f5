package dev.sluice.engine;

import dev.sluice.engine.GenerationEvent.ReleasedToken;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one choice that are emitted but not released: text leaves here only when nothing can take it back.
 *
 * <p>The unit of release is the whole token; text, ids and log-probabilities leave together, never within a character.
 */
final class ReleaseWindow {
    private final int choice;
    private final List<ReleasedToken> pending = new ArrayList<>();
    private int base;
    private int released;

    /** An empty window of one choice. */
    ReleaseWindow(int choice) {
        this.choice = choice;
    }

    /** Tokens released so far. */
    int released() {
        return released;
    }

    /** Adds the token that was just emitted. */
    void add(ReleasedToken token) {
        pending.add(token);
    }

    /** Forgets the tokens from an answer position on; none of them was released. */
    void truncate(int position) {
        if (position < base) {
            throw new IllegalStateException("token " + position + " cannot be taken back: released up to " + base);
        }
        pending.subList(Math.min(pending.size(), position - base), pending.size())
                .clear();
    }

    /**
     * Releases what may go.
     *
     * @param heldFrom first answer position that may not leave
     * @param stopBytes bytes at the end that may become a stop string
     * @param gaps tokens that stay in the context and never leave
     * @return what is released, or null if nothing is
     */
    GenerationEvent.@Nullable Delta release(int heldFrom, int stopBytes, Gaps gaps) {
        int count = Math.min(pending.size(), Math.max(0, heldFrom - base));
        int behind = 0;
        for (int i = pending.size() - 1; i >= 0 && behind < stopBytes; i--) {
            behind += visible(i, gaps).length;
            count = Math.min(count, i);
        }
        while (count > 0) {
            int open = incompleteTail(bytes(count, gaps));
            if (open == 0) {
                break;
            }
            for (int left = open; left > 0; count--) {
                left -= visible(count - 1, gaps).length;
            }
        }
        return count == 0 ? null : take(count, 0, gaps);
    }

    /**
     * Releases the rest at the end of the answer.
     *
     * @param heldFrom tokens from this answer position on are dropped
     * @param cutBytes bytes of the rest that belong to a stop string and are not shown
     * @param gaps tokens that stay in the context and never leave
     * @return what is released, or null if nothing is
     */
    GenerationEvent.@Nullable Delta finish(int heldFrom, int cutBytes, Gaps gaps) {
        int all = bytes(pending.size(), gaps).length;
        truncate(Math.max(base, Math.min(heldFrom, base + pending.size())));
        int dropped = all - bytes(pending.size(), gaps).length;
        return pending.isEmpty() ? null : take(pending.size(), Math.max(0, cutBytes - dropped), gaps);
    }

    private GenerationEvent.@Nullable Delta take(int count, int cutBytes, Gaps gaps) {
        byte[] bytes = bytes(count, gaps);
        List<ReleasedToken> tokens = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            if (!gaps.contains(base + i)) {
                tokens.add(pending.get(i));
            }
        }
        pending.subList(0, count).clear();
        base += count;
        released += tokens.size();
        String text = new String(bytes, 0, Math.max(0, bytes.length - cutBytes), StandardCharsets.UTF_8);
        return tokens.isEmpty() ? null : new GenerationEvent.Delta(choice, text, tokens);
    }

    private byte[] visible(int index, Gaps gaps) {
        return gaps.contains(base + index) ? new byte[0] : pending.get(index).bytes();
    }

    private byte[] bytes(int count, Gaps gaps) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            out.writeBytes(visible(i, gaps));
        }
        return out.toByteArray();
    }

    /** Bytes at the end that begin a UTF-8 character which is not complete yet. */
    private static int incompleteTail(byte[] bytes) {
        for (int n = 1; n <= Math.min(3, bytes.length); n++) {
            int lead = bytes[bytes.length - n] & 0xFF;
            if (lead >= 0xC0) {
                int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
                byte[] tail = Arrays.copyOfRange(bytes, bytes.length - n, bytes.length);
                return n < length && new String(tail, StandardCharsets.UTF_8).length() == 1 ? n : 0;
            }
            if (lead < 0x80) {
                return 0;
            }
        }
        return 0;
    }
}
