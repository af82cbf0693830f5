package dev.sluice.decode;

import java.util.List;

/**
 * What the law says of one prefix.
 *
 * <p>Of the tokens that a mask forbids only the unedited one is listed as refused, first: the others were never ranked.
 *
 * @param token the emitted token, or {@link #NONE} at a dead end
 * @param verdict the guards' verdict on it: accept, penalize or rewind (accept at a dead end)
 * @param unedited the token that would have been emitted without guards, or {@link #NONE} where the row holds none
 * @param refused candidates that ranked before the emitted one, or scored above it, and lost it to a guard, in order of the ranking
 * @param pending where the choice hangs on candidates that the heads cannot judge yet: those to run, in order, and no token
 */
public record Choice(int token, Verdict verdict, int unedited, List<Refusal> refused, List<Integer> pending) {
    /** A choice that hangs on nothing. */
    public Choice(int token, Verdict verdict, int unedited, List<Refusal> refused) {
        this(token, verdict, unedited, refused, List.of());
    }

    /** No admissible token is left. */
    public static final int NONE = -1;

    /** Whether the choice is still open. */
    public boolean isOpen() {
        return !pending.isEmpty();
    }

    /**
     * A candidate that lost to a guard.
     *
     * @param token the candidate
     * @param verdict reject or penalize
     */
    public record Refusal(int token, Verdict verdict) {}
}
