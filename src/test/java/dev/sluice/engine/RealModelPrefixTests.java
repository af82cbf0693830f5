package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.torch.Precision;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.RealModel;
import dev.sluice.token.ChatMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of the default model with pages that are new, kept, shared by running requests, and scarce. */
@Tag("model")
class RealModelPrefixTests {
    private static final int PAGE = 64;
    private static final int ANSWER = 40;
    /** Room for 12 pages, fewer than four of the answers below need, and for 8 with the nodes of trees. */
    private static final long FEW = (12L + 8) * PAGE * 30 * 2 * 3 * 64 * 4;

    private static final String SYSTEM =
            "You are a patient librarian. You answer in short sentences, name the shelf, and"
                    + " never guess. The library has five rooms: maps on the ground floor, letters and diaries on the first,"
                    + " natural history on the second, music on the third, and under the roof whatever nobody has sorted yet."
                    + " Readers may take three books home, for four weeks, but no maps. Say so when somebody asks for a map."
                    + " The reading room closes at six, on Fridays at four. There is a lift, which is slow, and a kettle.";

    private static final List<String> QUESTIONS =
            List.of("Where are the maps?", "May I take a diary home?", "When do you close on Friday?");

    @ParameterizedTest
    @ValueSource(strings = {"int4", "float32"})
    void answers_areTheSameTokenForToken_howeverManyPagesAreReused(String precision) {
        Precision chosen = Precision.valueOf(precision.toUpperCase(Locale.ROOT));
        List<GenerationRequest> requests = new ArrayList<>();
        List<List<Integer>> cold;
        try (RealModel loaded = RealModel.load(chosen)) {
            assumeTrue(
                    loaded.model().description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
            for (int i = 0; i < 6; i++) {
                requests.add(request(
                        prompt(loaded, new ChatMessage("user", QUESTIONS.get(i % 3))), i < 3 ? 0 : 0.9, i));
            }
            int prompt = requests.get(0).prompt().length;
            assertThat(prompt).isGreaterThan(2 * PAGE);
            try (Engine engine = engine(loaded, PrefixReuse.OFF)) {
                cold = together(engine, requests, 0);
            }
            try (Engine engine = engine(loaded, PrefixReuse.BY_TENANT)) {
                assertThat(oneByOne(engine, requests)).isEqualTo(cold);
                assertThat(together(engine, requests, 6 * (prompt / PAGE - 1) * PAGE))
                        .isEqualTo(cold);
                secondTurn(loaded, engine, requests.get(0).prompt());
            }
        }
        try (RealModel small = RealModel.load(chosen, FEW);
                Engine engine = engine(small, PrefixReuse.BY_TENANT)) {
            assertThat(together(engine, requests, 0)).isEqualTo(cold);
            assertThat(small.model().totalPositions()).isEqualTo(12 * PAGE);
        }
    }

    /** An answer of 90 tokens, and a question behind it: from the answer's own pages, and as a stranger, from none. */
    private static void secondTurn(RealModel loaded, Engine engine, int[] prompt) {
        Map<Integer, Float> endless = IntStream.range(
                        0, loaded.tokenizer().vocabulary().size())
                .filter(loaded.tokenizer().vocabulary()::endsTurn)
                .boxed()
                .collect(Collectors.toMap(token -> token, token -> -100f));
        SamplingParameters talkative = new SamplingParameters(0, 0, 1, 0, 1, 1, 0, 0, endless, 1);
        List<Integer> answer = Answers.of(engine.submit(Requests.of(prompt, talkative, 90)))
                .await()
                .choice(0)
                .ids();
        IntStream.Builder said = IntStream.builder();
        IntStream.of(prompt).forEach(said);
        answer.forEach(said::add);
        IntStream.of(loaded.tokenizer().encode(" And where are the letters? Please, tell me.", true))
                .forEach(said);
        int[] all = said.build().toArray();
        Answers own = Answers.of(engine.submit(secondTurn(all, GenerationRequest.SHARED)))
                .await();
        Answers stranger =
                Answers.of(engine.submit(secondTurn(all, "stranger"))).await();
        assertThat(own.report().cachedTokens()).isEqualTo((prompt.length + 90) / PAGE * PAGE);
        assertThat(stranger.report().cachedTokens()).isZero();
        assertThat(own.choice(0).ids()).isEqualTo(stranger.choice(0).ids());
    }

    private static GenerationRequest secondTurn(int[] prompt, String tenant) {
        return new GenerationRequest(
                prompt, SamplingParameters.greedy(), 20, List.of(), 1, null, Set.of(), null, true, tenant);
    }

    private static int[] prompt(RealModel loaded, ChatMessage question) {
        return Objects.requireNonNull(loaded.files().chat())
                .encode(List.of(new ChatMessage("system", SYSTEM), question), true, 1000);
    }

    private static GenerationRequest request(int[] prompt, double temperature, long seed) {
        SamplingParameters sampling = new SamplingParameters(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(), seed);
        return Requests.of(prompt, sampling, ANSWER + 10 * (int) seed);
    }

    private static Engine engine(RealModel loaded, PrefixReuse reuse) {
        EngineSettings settings = new EngineSettings(
                4,
                700,
                64,
                Duration.ofMinutes(30),
                Duration.ofMinutes(30),
                64,
                List.of("prompt-lookup", "token-recycling"),
                4,
                reuse);
        return new Engine(loaded.shared(), loaded.tokenizer().vocabulary(), settings, PolicySet::empty);
    }

    private static List<List<Integer>> oneByOne(Engine engine, List<GenerationRequest> requests) {
        return requests.stream()
                .map(request ->
                        Answers.of(engine.submit(request)).await().choice(0).ids())
                .toList();
    }

    /** All at once; in sum they reuse at least so many prompt tokens. */
    private static List<List<Integer>> together(Engine engine, List<GenerationRequest> requests, int reused) {
        List<Answers> running =
                requests.stream().map(engine::submit).map(Answers::of).toList();
        int cached = running.stream()
                .mapToInt(answers -> answers.await().report().cachedTokens())
                .sum();
        assertThat(cached).isGreaterThanOrEqualTo(reused);
        return running.stream().map(answers -> answers.choice(0).ids()).toList();
    }
}
