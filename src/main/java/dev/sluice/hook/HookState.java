package dev.sluice.hook;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.model.TokenMask;
import org.jspecify.annotations.Nullable;

/**
 * An immutable position of a hook in one token sequence.
 *
 * <p>{@link #after} leaves this state valid, so that a rejected draft needs no rollback: the older state is still there.
 * Methods take any token of the vocabulary and never throw.
 */
public interface HookState {
    /** {@link #heldFrom} of a state that holds nothing back. */
    int NOTHING_HELD = Integer.MAX_VALUE;

    /** What the device forbids for the next token, or null; a cheap part of what {@link #judge} rejects. */
    default @Nullable TokenMask mask() {
        return null;
    }

    /**
     * The verdict on a candidate for the next token.
     *
     * @param token the candidate
     * @param ends whether the answer ends with it (a stop string is completed, or it is the last that the length
     *     allows); an end of turn always ends
     */
    Verdict judge(int token, boolean ends);

    /**
     * The verdict on ending the text here, in the middle of a token: a stop string cuts it.
     *
     * @param more bytes of the next token that still belong to the text
     */
    default Verdict judgeEnd(byte[] more) {
        return Verdict.ACCEPT;
    }

    /** The state after one more token, whatever {@link #judge} says of it. */
    HookState after(int token);

    /** The state once the model has read the prompt, before the first answer token. */
    default HookState prompted(PromptReading reading) {
        return this;
    }

    /** The only admissible continuation, as far as it is certain; empty if none is. */
    default int[] forced() {
        return new int[0];
    }

    /**
     * The first answer position whose token may not be released yet, because a match that may have to be rewound is
     * alive in it; {@link #NOTHING_HELD} if none.
     */
    default int heldFrom() {
        return NOTHING_HELD;
    }

    /**
     * The rule whose model has failed, and whose policy says {@code on-failure: open}: what needs that model is left out for
     * the rest of the answer, and the report must say so. Null while nothing failed. May change while the state is asked.
     */
    default @Nullable RuleId failed() {
        return null;
    }
}
