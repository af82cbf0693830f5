package dev.sluice.hook;

import dev.sluice.model.ModelDescription;

/**
 * A rule, or a set of rules of one kind: immutable, compiled, shared by all requests.
 *
 * <p>What a hook owes: its states are pure functions of the tokens, they never throw on any token, and verdicts never
 * depend on the clock, on drafts or on other requests.
 */
public interface GuardHook {
    /** The state before the first answer token. */
    HookState start(PromptContext prompt);

    /** The most characters that may be held back while a rule's match is alive; 0 if text is never held. */
    int holdBack();

    /**
     * The blocks behind which the hook reads the prompt, counted from 1; none for most. Where there are any, each state
     * that {@link #start} gave is {@linkplain HookState#prompted told} before the first answer token is chosen.
     */
    default int[] promptLayers() {
        return new int[0];
    }

    /**
     * Makes sure that the hook fits a model before it serves.
     *
     * @throws IllegalArgumentException if it was made for another; the message says which rule and why
     */
    default void require(ModelDescription model) {}
}
