package dev.sluice.engine;

import java.util.Arrays;

/**
 * The answer positions whose tokens are withheld: they stay in the context and never leave. Immutable, part of a
 * {@link Position}, so that going back restores what was visible there.
 */
final class Gaps {
    /** No token is withheld. */
    static final Gaps NONE = new Gaps(new int[0], new int[0]);

    private final int[] from;
    private final int[] to;

    private Gaps(int[] from, int[] to) {
        this.from = from;
        this.to = to;
    }

    /** These and the positions from {@code start} to {@code end}, exclusive; gaps from {@code start} on are within it. */
    Gaps with(int start, int end) {
        int kept = 0;
        while (kept < from.length && to[kept] <= start) {
            kept++;
        }
        int[] allFrom = Arrays.copyOf(from, kept + 1);
        int[] allTo = Arrays.copyOf(to, kept + 1);
        allFrom[kept] = start;
        allTo[kept] = end;
        return new Gaps(allFrom, allTo);
    }

    /** The first position of the gap that holds a position, or the position itself if none does. */
    int startAt(int position) {
        for (int i = 0; i < from.length; i++) {
            if (from[i] <= position && position < to[i]) {
                return from[i];
            }
        }
        return position;
    }

    /** Where the gap begins that ends right before a position, or the position itself if none does. */
    int startBefore(int position) {
        return from.length > 0 && to[to.length - 1] == position ? from[from.length - 1] : position;
    }

    /** Whether the token at a position is withheld. */
    boolean contains(int position) {
        for (int i = 0; i < from.length; i++) {
            if (from[i] <= position && position < to[i]) {
                return true;
            }
        }
        return false;
    }

    /** Withheld positions before a position. */
    int before(int position) {
        int count = 0;
        for (int i = 0; i < from.length; i++) {
            count += Math.max(0, Math.min(to[i], position) - from[i]);
        }
        return count;
    }
}
