package dev.sluice.hook.phrase;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import java.util.List;

/** Forbids phrases and patterns in the text of the answer. */
public final class PhraseHook implements GuardHook {
    private PhraseHook() {}

    /**
     * Compiles rules into one automaton.
     *
     * @throws PhraseException if a rule cannot be enforced, naming it
     */
    public static PhraseHook compile(List<PhraseRule> rules) {
        return new PhraseHook();
    }

    @Override
    public HookState start(PromptContext prompt) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int holdBack() {
        throw new UnsupportedOperationException();
    }
}
