package dev.sluice.policy;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the value of one key of a policy's {@code spec} into what enforces it, a hook or acceptance heads. One for each kind of rule,
 * named in {@link PolicyCompiler}; stateless and shared.
 */
interface SpecCompiler {
    /**
     * Compiles all rules of the kind, and reports everything that is wrong with them; never throws.
     *
     * @param policy the policy's name
     * @param spec the value of the key; what the schema found {@linkplain Findings#isFaulty faulty} in it was reported
     *     and is to be left out
     * @param findings takes the problems
     */
    Compiled compile(String policy, YamlNode spec, Findings findings);

    /**
     * Rules of one kind.
     *
     * @param hook what enforces them, or null
     * @param heads what judges candidates by them, or none
     * @param persona what judges each token by them, or null
     * @param rules the rules whose ids are known, in file order
     */
    record Compiled(
            @Nullable GuardHook hook,
            List<AcceptanceHead> heads,
            @Nullable Persona persona,
            List<Rule> rules) {
        /** Rules that a hook enforces; null if something is wrong with them. */
        Compiled(@Nullable GuardHook hook, List<Rule> rules) {
            this(hook, List.of(), null, rules);
        }

        /** Rules that heads enforce; none if something is wrong with them. */
        static Compiled of(List<AcceptanceHead> heads, List<Rule> rules) {
            return new Compiled(null, heads, null, rules);
        }

        /** Personas; null if something is wrong with them. */
        static Compiled of(@Nullable Persona persona, List<Rule> rules) {
            return new Compiled(null, List.of(), persona, rules);
        }

        /** Whether nothing is wrong with the rules. */
        boolean isSound() {
            return hook != null || !heads.isEmpty() || persona != null;
        }
    }

    /**
     * One rule.
     *
     * @param id names it within its policy
     * @param soft whether a dead end may lift it
     * @param where where its id stands
     */
    record Rule(String id, boolean soft, Span where) {}
}
