package dev.sluice.policy;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.align.AcceptanceHead;
import java.util.List;

/**
 * One compiled policy: immutable; building it may fail with all errors at once, using it cannot.
 *
 * @param name its name
 * @param description one line for people
 * @param hooks what it enforces, in order
 * @param relaxed ids of the soft rules that a dead end lifts for one token; empty for {@code on-dead-end: stop}
 * @param holdBack the most characters that may be held back
 * @param heads what judges the candidates that its hooks leave over, in order
 */
public record Policy(
        String name,
        String description,
        List<GuardHook> hooks,
        List<String> relaxed,
        int holdBack,
        List<AcceptanceHead> heads) {
    /** A policy without heads. */
    public Policy(String name, String description, List<GuardHook> hooks, List<String> relaxed, int holdBack) {
        this(name, description, hooks, relaxed, holdBack, List.of());
    }
}
