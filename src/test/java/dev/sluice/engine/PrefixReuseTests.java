package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.SamplingParameters;
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
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests that begin alike, on a toy model whose pages hold 16 tokens. */
class PrefixReuseTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int[] PROMPT =
            TOKENIZER.encode("a prompt of more than three pages of sixteen tokens each", false);
    private static final int FULL = PROMPT.length / 16 * 16;

    private final ToyModel model = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1));

    private static Engine engine(ToyModel toy, PrefixReuse reuse, PolicySet policies) {
        EngineSettings settings = new EngineSettings(
                8, 400, 64, Duration.ofMinutes(1), Duration.ofSeconds(5), 16, List.of("random"), 4, reuse);
        return new Engine(
                toy,
                TOKENIZER.vocabulary(),
                settings,
                () -> policies,
                (scope, names, noise, prompt) -> names.isEmpty()
                        ? ScriptedDrafters.empty()
                        : ScriptedDrafters.random(TOKENIZER.vocabulary().size(), 3),
                System::nanoTime);
    }

    private static GenerationRequest request(int[] prompt, int choices, int maxTokens, String tenant, String salt) {
        SamplingParameters sampling =
                new SamplingParameters(0.8, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 5);
        return new GenerationRequest(
                prompt, sampling, maxTokens, List.of(), choices, null, Set.of(), null, true, tenant, salt, null);
    }

    private static Report report(Engine engine, GenerationRequest request) {
        return Answers.of(engine.submit(request)).await().report();
    }

    @Test
    void theSamePromptAgain_isNotComputedAgain_butForItsRest() {
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            assertThat(report(engine, request(PROMPT, 1, 3, "a", "")).cachedTokens())
                    .isZero();
            int before = model.tokensForwarded();
            Report second = report(engine, request(PROMPT, 1, 1, "a", ""));
            assertThat(second.cachedTokens()).isEqualTo(FULL);
            assertThat(model.tokensForwarded() - before).isEqualTo(PROMPT.length - FULL);
        }
    }

    @Test
    void aPromptOfFullPages_stillForwardsItsLastToken() {
        int[] full = Arrays.copyOf(PROMPT, FULL);
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            List<Integer> cold = Answers.of(engine.submit(request(full, 1, 20, "a", "")))
                    .await()
                    .choice(0)
                    .ids();
            int before = model.tokensForwarded();
            assertThat(report(engine, request(full, 1, 1, "a", "")).cachedTokens())
                    .isEqualTo(FULL - 1);
            assertThat(model.tokensForwarded() - before).isEqualTo(1);
            assertThat(Answers.of(engine.submit(request(full, 1, 20, "a", "")))
                            .await()
                            .choice(0)
                            .ids())
                    .isEqualTo(cold);
        }
    }

    @Test
    void choicesOfARequest_computeTheirPromptOnce() {
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            Report report = report(engine, request(PROMPT, 5, 1, "a", ""));
            assertThat(report.cachedTokens()).isZero();
            assertThat(model.tokensForwarded()).isEqualTo(PROMPT.length + 4 * (PROMPT.length - FULL));
        }
    }

    @Test
    void requestsAtTheSameTime_computeWhatTheyHaveInCommonOnce() {
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            List<Answers> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int[] prompt = PROMPT.clone();
                prompt[prompt.length - 1] = 'a' + i;
                all.add(Answers.of(engine.submit(request(prompt, 1, 1, "a", ""))));
            }
            int cached = all.stream()
                    .mapToInt(answers -> answers.await().report().cachedTokens())
                    .sum();
            assertThat(cached).isEqualTo(5 * FULL);
            assertThat(model.tokensForwarded()).isEqualTo(6 * PROMPT.length - cached);
        }
    }

    @Test
    void theNextTurnOfAConversation_reusesTheAnswer() {
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            List<Integer> answer = Answers.of(engine.submit(request(PROMPT, 1, 100, "a", "")))
                    .await()
                    .choice(0)
                    .ids();
            int[] next = IntStream.concat(
                            IntStream.concat(
                                    Arrays.stream(PROMPT), answer.stream().mapToInt(i -> i)),
                            Arrays.stream(PROMPT))
                    .toArray();
            int said = (PROMPT.length + 100 - 1) / 16 * 16;
            assertThat(report(engine, request(next, 1, 1, "a", "")).cachedTokens())
                    .isEqualTo(said);
        }
    }

    @Test
    void tenantsAndSalts_doNotMeet_unlessTenantsAreConfiguredTo() {
        String[][] who = {{"a", ""}, {"b", ""}, {"a", "b"}, {"", "ab"}, {"ab", ""}};
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            for (int round = 0; round < 2; round++) {
                for (String[] one : who) {
                    assertThat(report(engine, request(PROMPT, 1, 1, one[0], one[1]))
                                    .cachedTokens())
                            .isEqualTo(round * FULL);
                }
            }
        }
        ToyModel other = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1));
        try (Engine engine = engine(other, PrefixReuse.SHARED, PolicySet.empty())) {
            report(engine, request(PROMPT, 1, 1, "a", ""));
            assertThat(report(engine, request(PROMPT, 1, 1, "b", "")).cachedTokens())
                    .isEqualTo(FULL);
            assertThat(report(engine, request(PROMPT, 1, 1, "a", "b")).cachedTokens())
                    .isZero();
        }
        ToyModel third = new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1));
        try (Engine engine = engine(third, PrefixReuse.OFF, PolicySet.empty())) {
            report(engine, request(PROMPT, 1, 1, "a", ""));
            assertThat(report(engine, request(PROMPT, 3, 1, "a", "")).cachedTokens())
                    .isZero();
            assertThat(third.tokensForwarded()).isEqualTo(4 * PROMPT.length);
        }
    }

    @Test
    void onesOwnTokens_areNotReportedAsCached_whenPagesRunOut() {
        ToyModel small = new ToyModel(
                ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withPool(14, 16).withContext(400));
        try (Engine engine = engine(small, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            List<Answers> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int[] prompt = PROMPT.clone();
                prompt[0] = 'a' + i;
                all.add(Answers.of(engine.submit(request(prompt, 1, 90, "a", ""))));
            }
            all.forEach(answers ->
                    assertThat(answers.await().report().cachedTokens()).isZero());
            allPagesAreFree(engine);
        }
    }

    @Test
    void cancelledRequests_leaveNoReference() throws InterruptedException {
        try (Engine engine = engine(model, PrefixReuse.BY_TENANT, PolicySet.empty())) {
            for (int i = 0; i < 20; i++) {
                Answers answers = Answers.of(engine.submit(request(PROMPT, 3, 200, "a", "")));
                Thread.sleep(i % 5);
                Objects.requireNonNull(answers.subscription).cancel();
            }
            report(engine, request(PROMPT, 1, 1, "a", ""));
            allPagesAreFree(engine);
        }
    }

    @Test
    void answers_areTheSame_withWarmColdAndCrowdedPages_underRewinds() {
        PolicySet rewinding = ToyHooks.bound(false, ToyHooks.rewindPair(t -> t % 3 == 0, t -> t % 3 == 1, 64));
        Random random = new Random(99);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int[] prompt = Arrays.copyOf(PROMPT, 16 + random.nextInt(PROMPT.length - 16));
            requests.add(request(prompt, 1 + random.nextInt(3), 5 + random.nextInt(60), "", i % 3 == 0 ? "s" : ""));
        }
        List<List<List<Integer>>> cold;
        try (Engine engine = engine(model, PrefixReuse.OFF, rewinding)) {
            cold = answers(engine, requests);
        }
        for (int pages : new int[] {4096, 40, 13}) {
            ToyModel toy =
                    new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withPool(pages, 16));
            try (Engine engine = engine(toy, PrefixReuse.BY_TENANT, rewinding)) {
                assertThat(answers(engine, requests)).isEqualTo(cold);
                assertThat(answers(engine, requests)).isEqualTo(cold);
                allPagesAreFree(engine);
            }
        }
    }

    /** The status is that of the last turn, which may still be going on. */
    private static void allPagesAreFree(Engine engine) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (engine.status().freePositions() < engine.status().totalPositions()) {
            assertThat(System.nanoTime())
                    .as("pages are held: %s", engine.status())
                    .isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static List<List<List<Integer>>> answers(Engine engine, List<GenerationRequest> requests) {
        List<Answers> running =
                requests.stream().map(engine::submit).map(Answers::of).toList();
        List<List<List<Integer>>> all = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            Answers answers = running.get(i).await();
            all.add(IntStream.range(0, requests.get(i).choices())
                    .mapToObj(choice -> answers.choice(choice).ids())
                    .toList());
        }
        return all;
    }
}
