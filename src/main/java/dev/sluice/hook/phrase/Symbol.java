package dev.sluice.hook.phrase;

/**
 * One character of a view of the text.
 *
 * @param codes what it may be read as; empty for a separator, which rules see only as the neighbour of a word
 * @param word whether it belongs to a word
 * @param blank whether it is white space that the view collapses or drops
 * @param skippable whether a match may go on as if it were not there
 */
record Symbol(int[] codes, boolean word, boolean blank, boolean skippable) {
    /** What an ignorable code point is: nothing. */
    static final Symbol[] NONE = {};
}
