package dev.sluice.token;

import java.util.Arrays;

/** Tokens as they come, up to a limit. */
final class TokenBuffer {
    private final int limit;
    private int[] tokens = new int[64];
    private int size;

    TokenBuffer(int limit) {
        this.limit = limit;
    }

    /** Adds a token, or throws {@link TextTooLongException}. */
    void add(int token) {
        if (size == limit) {
            throw new TextTooLongException(limit);
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }

    void addAll(int[] more) {
        for (int token : more) {
            add(token);
        }
    }

    /** How many more fit. */
    int room() {
        return limit - size;
    }

    int[] toArray() {
        return Arrays.copyOf(tokens, size);
    }
}
