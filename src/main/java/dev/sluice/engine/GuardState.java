package dev.sluice.engine;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.PromptReading;
import dev.sluice.hook.Unasked;
import dev.sluice.model.TokenMask;
import dev.sluice.policy.PolicySet.Applied;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All guards of a request at one prefix of one choice: immutable, one {@link HookState} a hook.
 *
 * <p>Verdicts are combined so: any rejection rejects; else penalties add up; of several rewinds the earliest start
 * counts. Hooks in shadow never take part.
 */
final class GuardState {
    private final HookState[] enforced;
    private final HookState[] shadow;

    private GuardState(HookState[] enforced, HookState[] shadow) {
        this.enforced = enforced;
        this.shadow = shadow;
    }

    /** The guards before the first answer token. */
    static GuardState start(List<Applied> policies, PromptContext prompt) {
        return new GuardState(
                start(policies, prompt, false).toArray(new HookState[0]),
                start(policies, prompt, true).toArray(new HookState[0]));
    }

    private static List<HookState> start(List<Applied> policies, PromptContext prompt, boolean shadow) {
        List<HookState> states = new ArrayList<>();
        for (Applied applied : policies) {
            if (applied.shadow() == shadow) {
                for (GuardHook hook : applied.policy().hooks()) {
                    states.add(shadow ? inShadow(() -> hook.start(prompt)) : hook.start(prompt));
                }
            }
        }
        return states;
    }

    /** The guards once the model has read the prompt, before the first answer token. */
    GuardState prompted(PromptReading reading) {
        return new GuardState(
                prompted(enforced, reading),
                Arrays.stream(shadow)
                        .map(state -> inShadow(() -> state.prompted(reading)))
                        .toArray(HookState[]::new));
    }

    private static HookState[] prompted(HookState[] states, PromptReading reading) {
        return Arrays.stream(states).map(state -> state.prompted(reading)).toArray(HookState[]::new);
    }

    /** The guards after one more token. */
    GuardState after(int token) {
        HookState[] next = new HookState[shadow.length];
        Arrays.setAll(next, i -> inShadow(() -> shadow[i].after(token)));
        return new GuardState(after(enforced, token), next);
    }

    private static HookState[] after(HookState[] states, int token) {
        HookState[] next = new HookState[states.length];
        for (int i = 0; i < states.length; i++) {
            next[i] = states[i].after(token);
        }
        return next;
    }

    /** What the enforced hooks say of a candidate. */
    Verdict judge(int token, boolean ends) {
        return combined(enforced, state -> state.judge(token, ends));
    }

    /**
     * The same with some soft rules lifted.
     *
     * @param lifted rules whose rejections do not count
     */
    Verdict judge(int token, boolean ends, Set<RuleId> lifted) {
        return combined(enforced, state -> {
            Verdict verdict = state.judge(token, ends);
            return verdict instanceof Verdict.Reject reject && lifted.contains(reject.rule())
                    ? Verdict.ACCEPT
                    : verdict;
        });
    }

    /** What a hook in shadow gives; one that fails changes nothing, and is not asked any more. */
    private static HookState inShadow(Supplier<HookState> asked) {
        try {
            return asked.get();
        } catch (HookFailedException e) {
            return new Unasked(e.rule());
        }
    }

    /** Rules that could not be asked any more: in shadow, or of policies that leave that open. */
    List<RuleId> failed() {
        List<RuleId> rules = new ArrayList<>();
        for (HookState[] states : List.of(enforced, shadow)) {
            for (HookState state : states) {
                RuleId rule = state.failed();
                if (rule != null) {
                    rules.add(rule);
                }
            }
        }
        return rules;
    }

    /** What the enforced hooks say of ending the text after some bytes of the next token. */
    Verdict judgeEnd(byte[] more) {
        return combined(enforced, state -> state.judgeEnd(more));
    }

    /** What the hooks in shadow would have said of an emitted token. */
    Verdict judgeInShadow(int token, boolean ends) {
        return combined(shadow, state -> {
            try {
                return state.judge(token, ends);
            } catch (HookFailedException e) {
                return Verdict.ACCEPT;
            }
        });
    }

    private static Verdict combined(HookState[] states, Function<HookState, Verdict> asked) {
        double nats = 0;
        RuleId soft = null;
        Verdict.Rewind rewind = null;
        for (HookState state : states) {
            Verdict verdict = asked.apply(state);
            if (verdict instanceof Verdict.Reject) {
                return verdict;
            }
            if (verdict instanceof Verdict.Penalize penalize) {
                nats += penalize.nats();
                soft = penalize.rule();
            }
            if (verdict instanceof Verdict.Rewind candidate) {
                nats += candidate.nats();
                if (rewind == null || candidate.position() < rewind.position()) {
                    rewind = candidate;
                }
            }
        }
        if (rewind != null) {
            return new Verdict.Rewind(rewind.position(), nats, rewind.limit(), rewind.rule());
        }
        return soft == null ? Verdict.ACCEPT : new Verdict.Penalize(nats, soft);
    }

    /** The mask for the device: the fullest of the hooks' own, or null; the others are asked lazily. */
    @Nullable
    TokenMask mask() {
        TokenMask fullest = null;
        for (HookState state : enforced) {
            TokenMask mask = state.mask();
            if (mask != null && (fullest == null || mask.count() > fullest.count())) {
                fullest = mask;
            }
        }
        return fullest;
    }

    /** The only admissible continuation, as far as a hook is certain of it. */
    int[] forced() {
        for (HookState state : enforced) {
            int[] forced = state.forced();
            if (forced.length > 0) {
                return forced;
            }
        }
        return new int[0];
    }

    /** The first answer position that may not be released yet. */
    int heldFrom() {
        int held = HookState.NOTHING_HELD;
        for (HookState state : enforced) {
            held = Math.min(held, state.heldFrom());
        }
        return held;
    }
}
