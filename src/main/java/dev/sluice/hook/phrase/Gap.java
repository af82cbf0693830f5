package dev.sluice.hook.phrase;

/** The place between two neighbouring characters: which conditions hold there, as a set of bits. */
final class Gap {
    /** One neighbour belongs to a word and the other does not. */
    static final int BOUNDARY = 1;
    /** Both neighbours belong to a word, or neither does. */
    static final int NO_BOUNDARY = 2;
    /** The character before belongs to no word, or there is none. */
    static final int AFTER_NO_WORD = 4;
    /** The character behind belongs to no word, or there is none. */
    static final int BEFORE_NO_WORD = 8;
    /** The answer begins here. */
    static final int BEGINNING = 16;
    /** The text ends here. */
    static final int END = 32;

    private Gap() {}

    /** The conditions between a character before and one behind; {@link #END} is the caller's to add. */
    static int between(boolean wordBefore, boolean wordBehind, boolean beginning) {
        return (wordBefore == wordBehind ? NO_BOUNDARY : BOUNDARY)
                | (wordBefore ? 0 : AFTER_NO_WORD)
                | (wordBehind ? 0 : BEFORE_NO_WORD)
                | (beginning ? BEGINNING : 0);
    }

    /** Whether all wanted conditions hold. */
    static boolean allows(int holding, int wanted) {
        return (wanted & ~holding) == 0;
    }
}
