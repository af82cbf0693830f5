package dev.sluice.policy;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One compiled policy: immutable; building it may fail with all errors at once, using it cannot.
 *
 * @param name its name
 * @param description one line for people
 * @param hooks what it enforces, in order
 * @param heads what judges candidates once they were run, in order
 * @param persona the personas that judge each token together, or null
 * @param relaxed ids of the soft rules that a dead end lifts for one token; empty for {@code on-dead-end: stop}
 * @param holdBack the most characters that may be held back
 */
public record Policy(
        String name,
        String description,
        List<GuardHook> hooks,
        List<AcceptanceHead> heads,
        @Nullable Persona persona,
        List<String> relaxed,
        int holdBack) {}
