package dev.sluice.draft;

import java.util.Arrays;

/** A growing sequence of tokens, prompt and answer, that can go back. One owner. */
public final class TokenSequence {
    private int[] tokens;
    private int length;
    private int truncations;

    /** A sequence that begins with a copy of the given tokens. */
    public TokenSequence(int[] initial) {
        this.tokens = Arrays.copyOf(initial, Math.max(16, initial.length * 2));
        this.length = initial.length;
    }

    /** Number of tokens. */
    public int length() {
        return length;
    }

    /** The token at a position. */
    public int get(int position) {
        if (position >= length) {
            throw new IndexOutOfBoundsException("position " + position + " of a sequence of " + length);
        }
        return tokens[position];
    }

    /** Appends a token. */
    public void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length * 2);
        }
        tokens[length++] = token;
    }

    /** Goes back to the first {@code length} tokens. */
    public void truncate(int newLength) {
        if (newLength > length) {
            throw new IllegalArgumentException("cannot truncate " + length + " tokens to " + newLength);
        }
        length = newLength;
        truncations++;
    }

    /** How often it went back: what was derived from it holds while this stays the same. */
    public int truncations() {
        return truncations;
    }

    /** How many tokens it and another have in common from the first on. */
    public int commonPrefix(TokenSequence other) {
        int mismatch = Arrays.mismatch(tokens, 0, length, other.tokens, 0, other.length);
        return mismatch < 0 ? length : mismatch;
    }

    /** A copy of the tokens from {@code from} to {@code to}, exclusive. */
    public int[] slice(int from, int to) {
        return Arrays.copyOfRange(tokens, from, Math.min(to, length));
    }
}
