package dev.sluice.model;

/**
 * A set of forbidden tokens, immutable and compared by identity so that a device may keep it.
 *
 * <p>Hooks that reach the same automaton state again hand out the same mask.
 */
public final class TokenMask {
    private final long[] bits;
    private final int count;

    /** Builds a mask over {@code size} tokens from words of 64 bits, lowest token first; takes ownership. */
    public TokenMask(long[] bits) {
        this.bits = bits;
        int sum = 0;
        for (long word : bits) {
            sum += Long.bitCount(word);
        }
        this.count = sum;
    }

    /** Whether the token is forbidden. */
    public boolean forbids(int token) {
        int word = token >>> 6;
        return word < bits.length && (bits[word] & (1L << token)) != 0;
    }

    /** Number of forbidden tokens. */
    public int count() {
        return count;
    }

    /** The mask's words, lowest token first; shared, not to be written to. */
    public long[] words() {
        return bits;
    }
}
