package dev.sluice.engine;

import dev.sluice.decode.PenaltyCounts;
import dev.sluice.hook.PromptReading;

/**
 * One prefix of one choice, with every fold over it: immutable, so that a draft node's position is simply dropped when
 * the draft is rejected.
 *
 * @param length answer tokens in the prefix; the next token is drawn with this position's noise
 * @param guards state of the hooks over all tokens
 * @param visible state of the hooks over the tokens that are or may be released; the same as {@code guards} unless
 *     tokens were withheld, so that no phrase comes about by what is left out
 * @param counts what the penalties know
 * @param stop where the stop strings stand in the visible text
 * @param gaps the tokens that are withheld
 */
record Position(int length, GuardState guards, GuardState visible, PenaltyCounts counts, StopState stop, Gaps gaps) {
    /** The prefix before the first answer token. */
    static Position start(GuardState guards, PenaltyCounts counts, StopState stop) {
        return new Position(0, guards, guards, counts, stop, Gaps.NONE);
    }

    /** The prefix before the first answer token, once the model has read the prompt. */
    Position prompted(PromptReading reading) {
        return start(guards.prompted(reading), counts, stop);
    }

    /** The prefix with one more token. */
    Position after(int token, byte[] bytes) {
        GuardState next = guards.after(token);
        return new Position(
                length + 1, next, hasGap() ? visible.after(token) : next, counts.after(token), stop.after(bytes), gaps);
    }

    /** This prefix where the tokens behind an earlier one are withheld. */
    Position withholdingSince(Position before) {
        return new Position(length, guards, before.visible, counts, before.stop, gaps.with(before.length, length));
    }

    /** Whether tokens of the prefix were withheld. */
    boolean hasGap() {
        return visible != guards;
    }
}
