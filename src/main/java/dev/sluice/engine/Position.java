package dev.sluice.engine;

import dev.sluice.decode.PenaltyCounts;

/**
 * One prefix of one choice, with every fold over it: immutable, so that a draft node's position is simply dropped when
 * the draft is rejected.
 *
 * @param length answer tokens in the prefix; the next token is drawn with this position's noise
 * @param guards state of the hooks
 * @param counts what the penalties know
 * @param stop where the stop strings stand
 */
record Position(int length, GuardState guards, PenaltyCounts counts, StopState stop) {
    /** The prefix with one more token. */
    Position after(int token, byte[] bytes) {
        return new Position(length + 1, guards.after(token), counts.after(token), stop.after(bytes));
    }
}
