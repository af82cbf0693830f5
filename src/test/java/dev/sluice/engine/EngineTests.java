package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.decode.Verdict;
import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.model.CacheScope;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How the engine treats requests, on a toy model. */
class EngineTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int[] PROMPT = TOKENIZER.encode("the cat", false);

    private final AtomicLong clock = new AtomicLong();
    private final ToyModel model = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1));

    private static EngineSettings settings(int sessions, int queue) {
        return new EngineSettings(
                sessions, 400, queue, Duration.ofSeconds(60), Duration.ofSeconds(5), 16, List.of("random"), 4);
    }

    private Engine engine(ToyModel toy, EngineSettings settings, PolicySet policies) {
        return new Engine(toy, TOKENIZER.vocabulary(), settings, () -> policies, EngineTests::drafters, clock::get);
    }

    private static Drafter drafters(CacheScope scope, List<String> names, DraftNoise noise, int promptLength) {
        return names.isEmpty()
                ? ScriptedDrafters.empty()
                : ScriptedDrafters.random(TOKENIZER.vocabulary().size(), 3);
    }

    /** Sampling that never ends a turn, so that an answer is as long as it may be. */
    private static SamplingParameters endless() {
        return new SamplingParameters(0.8, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 5);
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Thread.sleep(5);
        }
        throw new AssertionError("not in 10 s: " + what);
    }

    @Test
    void length_endsWithLength_andReportsCounts() {
        try (Engine engine = engine(model, settings(2, 2), PolicySet.empty())) {
            Answers answers = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 20)))
                    .await();
            assertThat(answers.choice(0).ids()).hasSize(20);
            assertThat(answers.choice(0).reason()).isEqualTo(FinishReason.LENGTH);
            Report report = answers.report();
            assertThat(report.completionTokens()).isEqualTo(20);
            assertThat(report.promptTokens()).isEqualTo(PROMPT.length);
            assertThat(report.passes()).isBetween(1, 20);
            assertThat(report.accepted() + report.passes()).isGreaterThanOrEqualTo(20);
            assertThat(report.meanAcceptanceLength()).isEqualTo(20.0 / report.passes());
        }
        assertThat(model.isClosed()).isTrue();
    }

    @Test
    void stopString_isCutFromText_andItsTokensStay() {
        try (Engine engine = engine(model, settings(2, 2), PolicySet.empty())) {
            String free = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 40)))
                    .await()
                    .choice(0)
                    .text();
            String stop = free.substring(10, 14);
            GenerationRequest request = new GenerationRequest(
                    PROMPT, endless(), 40, List.of(stop), 1, null, Set.of(), null, true, GenerationRequest.SHARED);
            Answers.Choice stopped = Answers.of(engine.submit(request)).await().choice(0);
            assertThat(stopped.text()).isEqualTo(free.substring(0, free.indexOf(stop)));
            assertThat(stopped.reason()).isEqualTo(FinishReason.STOP);
            assertThat(TOKENIZER.decode(stopped.ids().stream().mapToInt(i -> i).toArray()))
                    .contains(stop);
        }
    }

    @Test
    void choices_haveTheirOwnSeeds_andTheFirstEqualsASingleOne() {
        try (Engine engine = engine(model, settings(3, 2), PolicySet.empty())) {
            GenerationRequest three = new GenerationRequest(
                    PROMPT, endless(), 15, List.of(), 3, null, Set.of(), null, true, GenerationRequest.SHARED);
            Answers answers = Answers.of(engine.submit(three)).await();
            List<Integer> single = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 15)))
                    .await()
                    .choice(0)
                    .ids();
            assertThat(answers.choice(0).ids()).isEqualTo(single);
            assertThat(answers.choice(1).ids()).isNotEqualTo(single).hasSize(15);
            assertThat(answers.choice(2).ids()).isNotEqualTo(answers.choice(1).ids());
        }
    }

    @Test
    void everythingForbidden_isADeadEnd_withContentFilter() {
        PolicySet all = ToyHooks.bound(
                false,
                ToyHooks.hook((previous, length, token) ->
                        length < 3 ? Verdict.ACCEPT : new Verdict.Reject(new RuleId("toy", "all"), "reject")));
        try (Engine engine = engine(model, settings(2, 2), all)) {
            Answers answers = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 20)))
                    .await();
            assertThat(answers.choice(0).reason()).isEqualTo(FinishReason.CONTENT_FILTER);
            assertThat(answers.choice(0).ids()).hasSize(3);
            assertThat(answers.report().interventions())
                    .anyMatch(act -> act.kind().equals("dead-end") && act.position() == 3);
        }
    }

    @Test
    void hookThatThrows_endsItsRequestClosed_andNoOther() throws InterruptedException {
        PolicySet broken = ToyHooks.bound(false, ToyHooks.hook((previous, length, token) -> {
            if (length == 4) {
                throw new IllegalStateException("planted");
            }
            return Verdict.ACCEPT;
        }));
        try (Engine engine = engine(model, settings(2, 4), broken)) {
            Answers failing = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 20)));
            Answers fine = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 3)));
            failing.await();
            assertThat(((EngineException) failing.error).code()).isEqualTo(Code.INTERNAL);
            assertThat(fine.await().choice(0).ids()).hasSize(3);
            eventually(
                    "memory is free",
                    () -> engine.status().freePositions() == engine.status().totalPositions());
        }
    }

    @Test
    void cancel_freesTheMemory() throws InterruptedException {
        try (Engine engine = engine(model, settings(2, 4), PolicySet.empty())) {
            Answers answers = Answers.with(engine.submit(Requests.of(PROMPT, endless(), 300)), 1);
            eventually("first event", () -> answers.count() == 1);
            answers.subscription.cancel();
            eventually(
                    "memory is free",
                    () -> engine.status().freePositions() == engine.status().totalPositions());
            assertThat(Answers.of(engine.submit(Requests.of(PROMPT, endless(), 5)))
                            .await()
                            .choice(0)
                            .ids())
                    .hasSize(5);
        }
    }

    @Test
    void slowReader_slowsItselfAlone_andGivesItsPagesBack() throws InterruptedException {
        try (Engine engine = engine(model, settings(1, 4), PolicySet.empty())) {
            List<Integer> expected = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 200)))
                    .await()
                    .choice(0)
                    .ids();
            Answers slow = Answers.with(engine.submit(Requests.of(PROMPT, endless(), 200)), 1);
            eventually("congestion", () -> slow.count() == 1 && engine.status().running() == 1);
            Answers other = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 50)));
            assertThat(other.await().choice(0).ids()).hasSize(50);
            clock.addAndGet(Duration.ofSeconds(6).toNanos());
            eventually(
                    "pages are back",
                    () -> engine.status().freePositions() == engine.status().totalPositions());
            slow.subscription.request(Long.MAX_VALUE);
            assertThat(slow.await().choice(0).ids()).isEqualTo(expected);
        }
    }

    @Test
    void deadline_endsRunningAndWaiting() throws InterruptedException {
        try (Engine engine = engine(model, settings(1, 4), PolicySet.empty())) {
            Answers running = Answers.with(engine.submit(Requests.of(PROMPT, endless(), 300)), 1);
            eventually("first event", () -> running.count() == 1);
            clock.addAndGet(Duration.ofSeconds(61).toNanos());
            running.subscription.request(Long.MAX_VALUE);
            running.await();
            assertThat(((EngineException) running.error).code()).isEqualTo(Code.DEADLINE_EXCEEDED);
            eventually(
                    "memory is free",
                    () -> engine.status().freePositions() == engine.status().totalPositions());
        }
    }

    @Test
    void fullQueue_isRefusedAtOnce() {
        try (Engine engine = engine(model, settings(1, 1), PolicySet.empty())) {
            List<Answers> held = new ArrayList<>();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 3; i++) {
                            held.add(Answers.with(engine.submit(Requests.of(PROMPT, endless(), 300)), 1));
                        }
                    })
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.code()).isEqualTo(Code.QUEUE_FULL));
            assertThat(held).hasSize(2);
        }
    }

    @Test
    void pagesRunOut_theYoungestWaits_andAnswersStayTheSame() {
        ToyModel small =
                new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withPool(20, 16));
        List<List<Integer>> alone = new ArrayList<>();
        try (Engine engine = engine(model, settings(4, 8), PolicySet.empty())) {
            for (int i = 0; i < 4; i++) {
                alone.add(Answers.of(engine.submit(Requests.of(PROMPT, endless().withSeed(i), 150)))
                        .await()
                        .choice(0)
                        .ids());
            }
        }
        try (Engine engine = engine(small, settings(4, 8), PolicySet.empty())) {
            List<Answers> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(Answers.of(engine.submit(Requests.of(PROMPT, endless().withSeed(i), 150))));
            }
            for (int i = 0; i < 4; i++) {
                assertThat(all.get(i).await().choice(0).ids()).isEqualTo(alone.get(i));
            }
        }
    }

    @Test
    void logprobs_leaveOutWhatAGuardForbids() {
        PolicySet noVowels = ToyHooks.bound(
                false,
                ToyHooks.hook((previous, length, token) -> "aeiou".indexOf((char) token) >= 0
                        ? new Verdict.Reject(new RuleId("toy", "vowels"), "reject")
                        : Verdict.ACCEPT));
        try (Engine engine = engine(model, settings(1, 1), noVowels)) {
            GenerationRequest request = new GenerationRequest(
                    PROMPT, endless(), 30, List.of(), 1, 20, Set.of(), null, true, GenerationRequest.SHARED);
            Answers.Choice choice = Answers.of(engine.submit(request)).await().choice(0);
            assertThat(choice.tokens()).allSatisfy(token -> {
                assertThat(token.logprob()).isNegative();
                assertThat(token.top())
                        .hasSize(20)
                        .noneMatch(other -> "aeiou".indexOf((char) other.id()) >= 0)
                        .isSortedAccordingTo((a, b) -> Double.compare(b.logprob(), a.logprob()));
            });
        }
    }

    @Test
    void requestsThatCannotBeServed_areRefusedWithTheirField() {
        try (Engine engine = engine(model, settings(1, 1), PolicySet.empty())) {
            refused(engine, Requests.of(new int[0], endless(), 5), Code.INVALID_VALUE, "prompt");
            refused(engine, Requests.of(new int[400], endless(), 5), Code.CONTEXT_EXCEEDED, "prompt");
            refused(engine, Requests.of(PROMPT, endless(), 400), Code.CONTEXT_EXCEEDED, "max_tokens");
            refused(engine, Requests.of(PROMPT, endless(), 0), Code.INVALID_VALUE, "max_tokens");
            refused(
                    engine,
                    Requests.speculating(Requests.of(PROMPT, endless(), 4), 65, "random"),
                    Code.INVALID_VALUE,
                    "sluice.speculation.max_nodes");
            GenerationRequest unknown = new GenerationRequest(
                    PROMPT, endless(), 5, List.of(), 1, null, Set.of("nope"), null, true, GenerationRequest.SHARED);
            refused(engine, unknown, Code.UNKNOWN_POLICY, "sluice.policies");
        }
    }

    private static void refused(Engine engine, GenerationRequest request, Code code, @Nullable String parameter) {
        assertThatThrownBy(() -> engine.submit(request)).isInstanceOfSatisfying(EngineException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.parameter()).isEqualTo(parameter);
        });
    }

    @Test
    void errorOfTheProcess_endsWhatRuns_andLaterRequestsAreRefused() throws InterruptedException {
        ToyModel broken = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1), context -> {
            throw new OutOfMemoryError("planted");
        });
        try (Engine engine = engine(broken, settings(1, 4), PolicySet.empty())) {
            Answers running = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 20)));
            assertThat(((EngineException) running.await().error).code()).isEqualTo(Code.SHUTTING_DOWN);
            refused(engine, Requests.of(PROMPT, endless(), 20), Code.SHUTTING_DOWN, null);
        }
    }

    @Test
    void contextOfASmallPool_isTheSameWithAndWithoutSpeculation() {
        ToyModel small =
                new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withPool(10, 16));
        try (Engine engine = engine(small, settings(1, 4), PolicySet.empty())) {
            GenerationRequest open = Requests.of(PROMPT, endless(), null);
            int plain = Answers.of(engine.submit(Requests.speculating(open, 0)))
                    .await()
                    .choice(0)
                    .ids()
                    .size();
            int drafted = Answers.of(engine.submit(Requests.speculating(open, 64, "random")))
                    .await()
                    .choice(0)
                    .ids()
                    .size();
            assertThat(drafted).isEqualTo(plain).isEqualTo(160 - 64 - PROMPT.length);
        }
    }

    @Test
    void subscriberThatThrows_isTreatedAsGone() throws InterruptedException {
        try (Engine engine = engine(model, settings(1, 4), PolicySet.empty())) {
            engine.submit(Requests.of(PROMPT, endless(), 300)).subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(GenerationEvent event) {
                    throw new IllegalStateException("planted");
                }

                @Override
                public void onError(Throwable error) {}

                @Override
                public void onComplete() {}
            });
            assertThat(Answers.of(engine.submit(Requests.of(PROMPT, endless(), 5)))
                            .await()
                            .choice(0)
                            .ids())
                    .hasSize(5);
            eventually(
                    "memory is free",
                    () -> engine.status().freePositions() == engine.status().totalPositions());
        }
    }

    @Test
    void answerUpToTheEndOfTheModelsContext_endsWithLength_howeverLargeTheTree() {
        ToyModel small =
                new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withContext(60));
        EngineSettings settings =
                new EngineSettings(2, 60, 4, Duration.ofSeconds(60), Duration.ofSeconds(5), 16, List.of("random"), 4);
        try (Engine engine = engine(small, settings, PolicySet.empty())) {
            for (int nodes : new int[] {0, 4, 64}) {
                Answers answers = Answers.of(engine.submit(
                                Requests.speculating(Requests.of(PROMPT, endless(), null), nodes, "random")))
                        .await();
                assertThat(answers.choice(0).ids()).hasSize(60 - PROMPT.length);
                assertThat(answers.choice(0).reason()).isEqualTo(FinishReason.LENGTH);
            }
            int[] full = new int[59];
            Arrays.fill(full, 'a');
            assertThat(Answers.of(engine.submit(Requests.of(full, endless(), 1)))
                            .await()
                            .choice(0)
                            .ids())
                    .hasSize(1);
        }
    }

    @Test
    void close_endsEveryRequest() {
        Engine engine = engine(model, settings(1, 4), PolicySet.empty());
        Answers running = Answers.with(engine.submit(Requests.of(PROMPT, endless(), 300)), 1);
        Answers waiting = Answers.of(engine.submit(Requests.of(PROMPT, endless(), 300)));
        engine.close();
        running.subscription.request(Long.MAX_VALUE);
        assertThat(((EngineException) running.await().error).code()).isEqualTo(Code.SHUTTING_DOWN);
        assertThat(((EngineException) waiting.await().error).code()).isEqualTo(Code.SHUTTING_DOWN);
        assertThat(model.isClosed()).isTrue();
    }
}
