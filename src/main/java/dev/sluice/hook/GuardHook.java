package dev.sluice.hook;

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
}
