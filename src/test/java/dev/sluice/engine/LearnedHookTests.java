package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.PromptReading;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import dev.sluice.model.FeedForward;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What learned hooks need of the engine: the prompt's states before the first token, lifted soft rules, and an end when they fail. */
class LearnedHookTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final RuleId RULE = new RuleId("toy", "learned");
    private static final int[] PROMPT = new Random(3).ints(150, 'a', 'z').toArray();

    private static Engine engine(ToyModel model, PolicySet policies, int prefillChunk) {
        EngineSettings settings = new EngineSettings(
                4, 512, 16, Duration.ofMinutes(5), Duration.ofSeconds(5), prefillChunk, List.of("random"), 8);
        return new Engine(
                model,
                TOKENIZER.vocabulary(),
                settings,
                () -> policies,
                (scope, names, noise, promptLength) ->
                        ScriptedDrafters.random(TOKENIZER.vocabulary().size(), 5),
                System::nanoTime);
    }

    private static ToyModel model() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 11));
    }

    private static Answers answer(PolicySet policies, int prefillChunk, GenerationRequest request) {
        try (Engine engine = engine(model(), policies, prefillChunk)) {
            return Answers.of(engine.submit(request)).await();
        }
    }

    /** Reads the prompt behind two blocks; before it has, it must not be asked anything. */
    private record Reader(Set<String> read) implements GuardHook {
        @Override
        public HookState start(PromptContext prompt) {
            return new Unread();
        }

        @Override
        public int holdBack() {
            return 0;
        }

        @Override
        public int[] promptLayers() {
            return new int[] {1, 2};
        }

        private final class Unread implements HookState {
            @Override
            public Verdict judge(int token, boolean ends) {
                throw new IllegalStateException("asked before the prompt was read");
            }

            @Override
            public HookState after(int token) {
                throw new IllegalStateException("advanced before the prompt was read");
            }

            @Override
            public HookState prompted(PromptReading reading) {
                read.add(Arrays.toString(reading.mean(1)) + Arrays.toString(reading.mean(2)));
                int even = Float.floatToIntBits(reading.mean(1)[0]) & 1;
                return new Read(even);
            }
        }

        /** Rejects tokens of one parity. */
        private record Read(int parity) implements HookState {
            @Override
            public Verdict judge(int token, boolean ends) {
                return token % 2 == parity ? new Verdict.Reject(RULE, "reject") : Verdict.ACCEPT;
            }

            @Override
            public HookState after(int token) {
                return this;
            }
        }
    }

    @Test
    void thePromptIsReadBeforeTheFirstToken_alikeInAnyChunks_andWithDraftsOrNot() {
        Set<String> read = new HashSet<>();
        PolicySet policies = ToyHooks.bound(false, new Reader(read));
        Set<List<Integer>> answers = new HashSet<>();
        for (int chunk : new int[] {7, 64}) {
            for (int nodes : new int[] {0, 8}) {
                Answers found =
                        answer(policies, chunk, Requests.speculating(Requests.greedy(PROMPT, 20), nodes, "random"));
                answers.add(found.choice(0).ids());
            }
        }
        assertThat(read).hasSize(1);
        assertThat(answers).hasSize(1);
        assertThat(answers.iterator().next().stream().map(token -> token % 2).distinct())
                .hasSize(1);
    }

    private static GuardHook failing(int after) {
        return ToyHooks.hook((previous, length, token) -> {
            if (length >= after) {
                throw new HookFailedException(RULE, new IllegalStateException("planted"));
            }
            return Verdict.ACCEPT;
        });
    }

    @Test
    void aRuleThatCannotBeAsked_endsItsRequest_andNoOther() {
        PolicySet failing = ToyHooks.bound(false, failing(3));
        PolicySet named = new PolicySet("r", failing.policies(), List.of());
        ToyModel model = model();
        try (Engine engine = engine(model, named, 64)) {
            GenerationRequest plain = Requests.greedy(PROMPT, 20);
            GenerationRequest guarded = new GenerationRequest(
                    PROMPT, plain.sampling(), 20, List.of(), 1, null, Set.of("toy"), null, true, "");
            Answers other = Answers.of(engine.submit(plain));
            assertFailed(Answers.of(engine.submit(guarded)).await());
            assertThat(other.await().choice(0).reason()).isNotNull();
        }
        assertThat(model.isClosed()).isTrue();
    }

    @Test
    void aRuleInShadowThatFails_changesNothing_andIsReported() {
        GuardHook hook = new GuardHook() {
            @Override
            public HookState start(PromptContext prompt) {
                throw new HookFailedException(RULE, new IllegalStateException("planted"));
            }

            @Override
            public int holdBack() {
                return 0;
            }
        };
        GenerationRequest request = Requests.greedy(PROMPT, 12);
        List<Integer> free = answer(PolicySet.empty(), 64, request).choice(0).ids();
        Answers begun = answer(ToyHooks.bound(true, hook), 64, request);
        assertThat(begun.choice(0).ids()).isEqualTo(free);
        assertThat(begun.report().interventions())
                .containsExactly(new Report.Intervention(0, 0, "toy", "learned", "failed"));
        assertThat(answer(ToyHooks.bound(true, failing(3)), 64, request)
                        .choice(0)
                        .ids())
                .isEqualTo(free);
    }

    @Test
    void aRuleThatCannotBegin_refusesTheRequest() {
        GuardHook hook = new GuardHook() {
            @Override
            public HookState start(PromptContext prompt) {
                throw new HookFailedException(RULE, new IllegalStateException("planted"));
            }

            @Override
            public int holdBack() {
                return 0;
            }
        };
        try (Engine engine = engine(model(), ToyHooks.bound(false, hook), 64)) {
            assertThatThrownBy(() -> engine.submit(Requests.greedy(PROMPT, 3)))
                    .isInstanceOf(EngineException.class)
                    .satisfies(e -> assertThat(((EngineException) e).code()).isEqualTo(Code.GUARD_FAILED));
        }
    }

    private static void assertFailed(Answers answers) {
        assertThat(answers.error)
                .hasMessageContaining("toy/learned")
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(Code.GUARD_FAILED));
    }

    private static AcceptanceHead broken() {
        float[] weight = new float[2 * ToyModel.WIDTH];
        FeedForward network =
                new FeedForward(null, List.of(new FeedForward.Linear(weight, new float[] {Float.NaN, 0})));
        return new AcceptanceHead(RULE, network, 8, 1, Fallback.FIRST, false);
    }

    @Test
    void aHeadWithoutVerdict_endsTheRequest_orIsLeftOut_asThePolicySays() {
        GenerationRequest request = Requests.greedy(PROMPT, 12);
        assertFailed(answer(ToyHooks.bound(false, List.of(broken())), 64, request));
        Answers open = answer(ToyHooks.bound(false, List.of(broken().opened())), 64, request);
        assertThat(open.choice(0).ids())
                .isEqualTo(answer(PolicySet.empty(), 64, request).choice(0).ids());
        assertThat(open.report().interventions())
                .extracting(Report.Intervention::kind)
                .containsExactly("failed");
        Answers shadow = answer(ToyHooks.bound(true, List.of(broken())), 64, request);
        assertThat(shadow.choice(0).ids()).isEqualTo(open.choice(0).ids());
    }

    private static PolicySet relaxing(boolean withAnother) {
        GuardHook all = ToyHooks.hook(
                (previous, length, token) -> length == 2 ? new Verdict.Reject(RULE, "reject") : Verdict.ACCEPT);
        Map<String, Policy> policies = new LinkedHashMap<>();
        policies.put("toy", new Policy("toy", "", List.of(all), List.of(), null, List.of("learned"), 0));
        policies.put(
                "stops",
                new Policy(
                        "stops",
                        "",
                        List.of(ToyHooks.hook((previous, length, token) -> Verdict.ACCEPT)),
                        List.of(),
                        null,
                        List.of(),
                        0));
        List<String> bound = withAnother ? List.of("toy", "stops") : List.of("toy");
        return new PolicySet("r", policies, List.of(new PolicySet.Binding("all", bound, false)));
    }

    @Test
    void aDeadEnd_liftsTheNamedSoftRuleForOneToken_andSaysSo() {
        GenerationRequest request = Requests.greedy(PROMPT, 12);
        for (int nodes : new int[] {0, 8}) {
            Answers found = answer(relaxing(false), 64, Requests.speculating(request, nodes, "random"));
            assertThat(found.choice(0).ids())
                    .isEqualTo(answer(PolicySet.empty(), 64, request).choice(0).ids());
            assertThat(found.report().interventions())
                    .containsExactly(new Report.Intervention(0, 2, "toy", "learned", "relax"));
        }
    }

    @Test
    void ofSeveralPolicies_stopWins() {
        Answers found = answer(relaxing(true), 64, Requests.greedy(PROMPT, 12));
        assertThat(found.choice(0).reason()).isEqualTo(FinishReason.CONTENT_FILTER);
        assertThat(found.choice(0).ids()).hasSize(2);
    }
}
