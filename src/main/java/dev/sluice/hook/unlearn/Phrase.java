package dev.sluice.hook.unlearn;

/**
 * A part of an answer that says what is to be forgotten.
 *
 * @param kind why it was taken
 * @param text as the answer has it
 */
public record Phrase(Kind kind, String text) {
    /** Why a phrase was taken. */
    public enum Kind {
        /** In quotation marks. */
        TITLE,
        /** In capitals, where no sentence begins. */
        NAME,
        /** A day, a month or a year that stand together. */
        DATE,
        /** Digits. */
        NUMBER,
        /** Words that are common apart and not together. */
        PAIR,
        /** A word that is rare in what is to be kept. */
        WORD
    }
}
