package dev.sluice.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request yields, in order; text, token ids and log-probabilities are released together. */
public sealed interface GenerationEvent {
    /**
     * Released tokens of one choice.
     *
     * @param choice index of the choice
     * @param text their text, never half a character, cut before a stop string
     * @param tokens the tokens
     */
    record Delta(int choice, String text, List<ReleasedToken> tokens) implements GenerationEvent {}

    /**
     * One choice has ended; all its text was released.
     *
     * @param choice index of the choice
     * @param reason why
     */
    record Finished(int choice, FinishReason reason) implements GenerationEvent {}

    /**
     * The whole request has ended. The last event.
     *
     * @param report accounting
     */
    record Completed(Report report) implements GenerationEvent {}

    /** Why a choice ended. */
    enum FinishReason {
        /** End of turn or stop string. */
        STOP,
        /** {@code max_tokens} or the context is used up. */
        LENGTH,
        /** A dead end: no admissible token was left. */
        CONTENT_FILTER
    }

    /**
     * A token that was released.
     *
     * @param id the token
     * @param bytes the bytes of its text; empty for an end of turn
     * @param logprob raw log-probability at temperature 1, or null if not asked for
     * @param top the most probable admissible tokens, or null if not asked for
     */
    record ReleasedToken(
            int id,
            byte[] bytes,
            @Nullable Double logprob,
            @Nullable List<Alternative> top) {}

    /**
     * An alternative to a released token.
     *
     * @param id the token
     * @param bytes the bytes of its text
     * @param logprob raw log-probability at temperature 1
     */
    record Alternative(int id, byte[] bytes, double logprob) {}
}
