package dev.sluice.token;

/** Text to tokens and back, for one model. Shared and thread-safe. */
public interface Tokenizer {
    /** The tokens this tokenizer speaks of. */
    Vocabulary vocabulary();

    /**
     * Tokens of a text.
     *
     * @param text any text
     * @param parseControl whether the names of control tokens in the text become those tokens; without it they are
     *     ordinary text, as they must be in what a user wrote
     */
    int[] encode(String text, boolean parseControl);

    /**
     * Tokens of a text that is of no use beyond a length; a text far beyond it should cost no more than one that fits.
     *
     * @param limit the most tokens wanted
     * @throws TextTooLongException if there are more
     */
    default int[] encode(String text, boolean parseControl, int limit) {
        int[] tokens = encode(text, parseControl);
        if (tokens.length > limit) {
            throw new TextTooLongException(limit);
        }
        return tokens;
    }

    /** Text of tokens; control tokens have none, and bytes that are no UTF-8 become U+FFFD. */
    String decode(int[] tokens);
}
