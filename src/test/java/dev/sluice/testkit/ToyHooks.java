package dev.sluice.testkit;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import dev.sluice.model.FeedForward;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;

/** Small guards over bare tokens, each the simplest of its kind. */
public final class ToyHooks {
    private ToyHooks() {}

    /** Rejects tokens of a class whenever they follow one of another class. */
    public static GuardHook rejectAfter(IntPredicate first, IntPredicate second) {
        return hook((previous, length, token) -> first.test(previous) && second.test(token)
                ? new Verdict.Reject(new RuleId("toy", "reject"), "reject")
                : Verdict.ACCEPT);
    }

    /** Takes nats from tokens of a class whenever they follow one of another class. */
    public static GuardHook penalizeAfter(IntPredicate first, IntPredicate second, double nats) {
        return hook((previous, length, token) -> first.test(previous) && second.test(token)
                ? new Verdict.Penalize(nats, new RuleId("toy", "penalty"))
                : Verdict.ACCEPT);
    }

    /** Goes back one token where a token of a class would follow one of another class, and holds the first back. */
    public static GuardHook rewindPair(IntPredicate first, IntPredicate second, int limit) {
        return new GuardHook() {
            @Override
            public HookState start(PromptContext prompt) {
                return new State(prompt.tokens()[prompt.tokens().length - 1], 0, this::judge, true);
            }

            private Verdict judge(int previous, int length, int token) {
                if (!first.test(previous) || !second.test(token)) {
                    return Verdict.ACCEPT;
                }
                RuleId rule = new RuleId("toy", "rewind");
                return length == 0
                        ? new Verdict.Reject(rule, "reject")
                        : new Verdict.Rewind(length - 1, 0, limit, rule);
            }

            @Override
            public int holdBack() {
                return 1;
            }

            /** Holds the latest token while it may begin a pair. */
            record State(int previous, int length, Rule rule, boolean holds) implements HookState {
                @Override
                public Verdict judge(int token, boolean ends) {
                    return rule.judge(previous, length, token);
                }

                @Override
                public HookState after(int token) {
                    return new State(token, length + 1, rule, holds);
                }

                @Override
                public int heldFrom() {
                    return length == 0 ? NOTHING_HELD : length - 1;
                }
            }
        };
    }

    /** A rule over the previous token, the answer's length and the candidate. */
    public interface Rule {
        /** The verdict. */
        Verdict judge(int previous, int length, int token);
    }

    /** A hook that sees the previous token and the answer's length. */
    public static GuardHook hook(Rule rule) {
        record State(int previous, int length, Rule rule) implements HookState {
            @Override
            public Verdict judge(int token, boolean ends) {
                return rule.judge(previous, length, token);
            }

            @Override
            public HookState after(int token) {
                return new State(token, length + 1, rule);
            }
        }
        return new GuardHook() {
            @Override
            public HookState start(PromptContext prompt) {
                return new State(prompt.tokens()[prompt.tokens().length - 1], 0, rule);
            }

            @Override
            public int holdBack() {
                return 0;
            }
        };
    }

    /** An acceptance head over the toy's hidden states that rejects about that share of the candidates. */
    public static AcceptanceHead head(long seed, double rejected, int topK, double topP, boolean byScore) {
        Random random = new Random(seed);
        float[] weight = new float[2 * ToyModel.WIDTH];
        for (int i = 0; i < ToyModel.WIDTH; i++) {
            weight[ToyModel.WIDTH + i] = (float) random.nextGaussian();
        }
        float[] bias = {(float) ((2 * rejected - 1) * 2), 0};
        FeedForward network = new FeedForward(null, List.of(new FeedForward.Linear(weight, bias)));
        return new AcceptanceHead(
                new RuleId("toy", "head"), network, topK, topP, AcceptanceHead.Fallback.FIRST, byScore);
    }

    /** A set with one policy of personas, bound to everyone. */
    public static PolicySet bound(Persona persona) {
        return boundToAll(new Policy("toy", "", List.of(), List.of(), persona, List.of(), 0), false);
    }

    /** A set with one policy of the given hooks, bound to everyone. */
    public static PolicySet bound(boolean shadow, GuardHook... hooks) {
        return bound(shadow, List.of(), hooks);
    }

    /** A set with one policy of the given heads and hooks, bound to everyone. */
    public static PolicySet bound(boolean shadow, List<AcceptanceHead> heads, GuardHook... hooks) {
        return boundToAll(new Policy("toy", "", List.of(hooks), heads, null, List.of(), 0), shadow);
    }

    private static PolicySet boundToAll(Policy policy, boolean shadow) {
        return new PolicySet(
                "toy", Map.of("toy", policy), List.of(new PolicySet.Binding("all", List.of("toy"), shadow)));
    }
}
