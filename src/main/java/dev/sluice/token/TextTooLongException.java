package dev.sluice.token;

/** A text of more tokens than its reader takes. */
public final class TextTooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int limit;

    /** Says that a text has more tokens than the limit; how many more is not known. */
    public TextTooLongException(int limit) {
        super("the text has more than " + limit + " tokens: shorten it");
        this.limit = limit;
    }

    /** The most tokens that were wanted. */
    public int limit() {
        return limit;
    }
}
