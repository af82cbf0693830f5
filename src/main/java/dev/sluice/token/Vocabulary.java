package dev.sluice.token;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The tokens of one model: the bytes each stands for, and which are control tokens.
 *
 * <p>Immutable and shared. A control token has no text: its bytes are empty here, whatever its name in the file.
 */
public final class Vocabulary {
    private final byte[][] bytes;
    private final String[] names;
    private final BitSet control;
    private final BitSet ends;
    private final BitSet masked;

    /**
     * Builds a vocabulary; takes ownership of the arrays.
     *
     * @param bytes per token the bytes of its text, empty for control tokens
     * @param names per token its name in the model file
     * @param control the tokens that never stand for text
     * @param ends the control tokens that end a turn
     */
    public Vocabulary(byte[][] bytes, String[] names, BitSet control, BitSet ends) {
        if (bytes.length != names.length) {
            throw new IllegalArgumentException(
                    "a vocabulary needs one name a token: " + bytes.length + " tokens, " + names.length + " names");
        }
        this.bytes = bytes;
        this.names = names;
        this.control = (BitSet) control.clone();
        this.ends = (BitSet) ends.clone();
        this.masked = (BitSet) control.clone();
        this.masked.andNot(ends);
    }

    /** The first token that two vocabularies do not have alike, or −1 where they are the same. */
    public int firstDifference(Vocabulary other) {
        int common = Math.min(size(), other.size());
        for (int token = 0; token < common; token++) {
            if (!Arrays.equals(bytes[token], other.bytes[token])
                    || control.get(token) != other.control.get(token)
                    || ends.get(token) != other.ends.get(token)) {
                return token;
            }
        }
        return size() == other.size() ? -1 : common;
    }

    /** Number of tokens; ids are 0 to {@code size() - 1}. */
    public int size() {
        return bytes.length;
    }

    /** The bytes of a token's text; shared, not to be written to. Empty for control tokens. */
    public byte[] bytes(int token) {
        return bytes[token];
    }

    /** The token's name in the model file, for messages and wire fields; not its text. */
    public String name(int token) {
        return names[token];
    }

    /** Whether the token is a control token: never text, and masked in every answer unless it ends a turn. */
    public boolean isControl(int token) {
        return control.get(token);
    }

    /** Whether the token ends the model's turn. */
    public boolean endsTurn(int token) {
        return ends.get(token);
    }

    /** Whether no answer may hold the token: a control token that does not end a turn. */
    public boolean isMasked(int token) {
        return masked.get(token);
    }

    /** A copy of the set of tokens that no answer may hold. */
    public BitSet masked() {
        return (BitSet) masked.clone();
    }

    /** The tokens that end a turn, ascending. */
    public List<Integer> endsOfTurn() {
        return ends.stream().boxed().toList();
    }
}
