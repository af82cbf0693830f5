package dev.sluice.policy;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns the value of one key of a policy's {@code spec} into what enforces it, a hook or acceptance heads. One for each kind of rule,
 * named in {@link PolicyCompiler}; stateless and shared.
 */
interface SpecCompiler {
    /**
     * Compiles all rules of the kind, and reports everything that is wrong with them; never throws.
     *
     * @param scope what else the policy and its surroundings say
     * @param spec the value of the key; what the schema found {@linkplain Findings#isFaulty faulty} in it was reported
     *     and is to be left out
     * @param findings takes the problems
     */
    Compiled compile(Scope scope, YamlNode spec, Findings findings);

    /**
     * What a kind of rule may need beyond its own value.
     *
     * @param policy the policy's name
     * @param open whether its answers go on where a rule cannot be asked: {@code on-failure: open}
     * @param resources what rules use that no policy file holds
     * @param inputs takes the digest of every file that is read, so that the revision tells of it
     */
    record Scope(String policy, boolean open, PolicyResources resources, Consumer<String> inputs) {}

    /**
     * Rules of one kind.
     *
     * @param hooks what enforces them, in order, or null
     * @param heads what enforces them, in order, or none
     * @param persona what judges each token by them, or null
     * @param rules the rules whose ids are known, in file order
     */
    record Compiled(
            @Nullable List<GuardHook> hooks,
            List<AcceptanceHead> heads,
            @Nullable Persona persona,
            List<Rule> rules) {
        /** Rules that hooks, or else heads, enforce; null and none if something is wrong with them. */
        Compiled(@Nullable List<GuardHook> hooks, List<AcceptanceHead> heads, List<Rule> rules) {
            this(hooks, heads, null, rules);
        }

        /** Rules that one hook enforces; null if something is wrong with them. */
        Compiled(@Nullable GuardHook hook, List<Rule> rules) {
            this(hook == null ? null : List.of(hook), List.of(), null, rules);
        }

        /** Personas; null if something is wrong with them. */
        static Compiled of(@Nullable Persona persona, List<Rule> rules) {
            return new Compiled(null, List.of(), persona, rules);
        }

        /** Whether nothing is wrong with the rules. */
        boolean isSound() {
            return hooks != null || !heads.isEmpty() || persona != null;
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
