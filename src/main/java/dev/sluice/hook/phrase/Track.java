package dev.sluice.hook.phrase;

/**
 * Where one view's {@link Threads} stand between two tokens; immutable.
 *
 * @param threads the live threads, earliest start first; not to be written to
 * @param word whether the last character belonged to a word
 * @param blank whether the view ends in a blank
 * @param answered whether a character of the answer has been seen
 * @param run ignorable and white-space characters skipped at the end, at most {@link Threads#LONGEST_RUN}; 0 without
 *     threads
 * @param separators separators skipped at the end, at most as many; 0 without threads
 */
record Track(long[] threads, boolean word, boolean blank, boolean answered, int run, int separators) {
    /** Before any text. */
    static final Track FRESH = new Track(new long[0], false, false, false, 0, 0);

    /** The same place without any begun match. */
    Track idle() {
        return new Track(FRESH.threads, word, blank, answered, 0, 0);
    }
}
