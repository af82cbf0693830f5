package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.model.CausalModel;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A draft model beside the target, on toy models: what it drafts, what it costs, and whose memory it is. */
class DraftModelTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int[] PROMPT = TOKENIZER.encode("the cat", false);
    private static final int TOKENS = 120;
    private static final long[] EVEN = {100, 101, 102, 104, 108, 116};

    private final ToyModel draft = twin();

    private static ToyModel twin() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1));
    }

    private static Engine engine(CausalModel draft, String... drafters) {
        return engine(draft, EVEN, drafters);
    }

    /** An engine on a clock that stands still: what the models say of their passes is all it ever knows. */
    private static Engine engine(CausalModel draft, long[] passTimes, String... drafters) {
        EngineSettings settings = new EngineSettings(
                4,
                400,
                16,
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                16,
                List.of(drafters.length == 0 ? new String[] {"model"} : drafters),
                Speculation.AUTO);
        DraftModel asked = new DraftModel(draft, TOKENIZER.vocabulary(), () -> 0);
        return new Engine(
                new TimedModel(twin(), passTimes),
                TOKENIZER.vocabulary(),
                settings,
                PolicySet::empty,
                new TenantMemories(new SuccessorTable(TOKENIZER.vocabulary().size()), 1 << 20, asked),
                () -> 0);
    }

    private static CausalModel timed(ToyModel draft, long pass) {
        return new TimedModel(draft, new long[] {pass, pass, pass, pass, pass, pass});
    }

    private static GenerationRequest request(double temperature, int seed, int tokens) {
        SamplingParameters endless =
                new SamplingParameters(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), seed);
        return Requests.of(PROMPT, endless, tokens);
    }

    private static List<Integer> plain(GenerationRequest request) {
        try (Engine engine = engine(twin())) {
            return Answers.of(engine.submit(Requests.speculating(request, 0)))
                    .await()
                    .choice(0)
                    .ids();
        }
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

    private boolean poolIsFull() {
        return draft.freePositions() == draft.totalPositions();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.8})
    void a_twin_that_costs_little_is_asked_and_mostly_right(double temperature) {
        GenerationRequest request = request(temperature, 5, TOKENS);
        try (Engine engine = engine(timed(draft, 1))) {
            Answers answers = Answers.of(engine.submit(request)).await();
            Report report = answers.report();
            assertThat(answers.choice(0).ids()).isEqualTo(plain(request));
            assertThat(report.meanAcceptanceLength()).as("%s", report).isGreaterThan(2);
            assertThat(report.speculation().byDrafter()).containsOnlyKeys("model");
            assertThat(report.speculation().switchedOff()).isFalse();
        }
        assertThat(draft.isClosed()).isTrue();
    }

    @Test
    void each_pass_asks_for_one_token_more_and_never_runs_the_prompt_again() {
        try (Engine engine = engine(timed(draft, 1))) {
            Answers.of(engine.submit(Requests.speculating(request(0, 5, TOKENS), 4, "model")))
                    .await();
            assertThat(draft.tokensForwarded()).isLessThan(PROMPT.length + 3 * draft.passes());
            assertThat(draft.passes()).isGreaterThan(TOKENS / 2);
        }
    }

    @Test
    void the_best_token_of_a_twin_is_the_one_that_is_chosen() {
        try (Engine engine = engine(timed(draft, 1))) {
            Report report = Answers.of(engine.submit(Requests.speculating(request(0, 5, TOKENS), 1, "model")))
                    .await()
                    .report();
            assertThat(report.drafted()).isGreaterThan(TOKENS / 3);
            assertThat(report.accepted()).isEqualTo(report.drafted());
        }
    }

    @Test
    void one_that_is_not_named_is_never_run() {
        try (Engine engine = engine(timed(draft, 1), "prompt-lookup", "token-recycling")) {
            Answers.of(engine.submit(request(0.8, 5, TOKENS))).await();
        }
        assertThat(draft.passes()).isZero();
        assertThat(draft.isClosed()).isTrue();
    }

    @Test
    void one_that_costs_more_than_it_gains_is_tried_now_and_then_only() {
        int passes = 0;
        try (Engine engine = engine(timed(draft, 95))) {
            for (int i = 0; i < 30; i++) {
                Report report = Answers.of(engine.submit(request(0.8, i, TOKENS)))
                        .await()
                        .report();
                passes += report.passes();
            }
        }
        assertThat(passes).isGreaterThan(2 * 512);
        assertThat(draft.passes()).isBetween(16, passes / 16);
    }

    @Test
    void a_node_has_to_earn_the_price_of_asking_too() {
        for (int price : new int[] {1, 30, 60}) {
            ToyModel asked = twin();
            Report report;
            try (Engine engine = engine(timed(asked, price))) {
                report =
                        Answers.of(engine.submit(request(0, 5, TOKENS))).await().report();
            }
            System.out.printf(
                    "a draft pass of %d/100 of the target's: %d draft passes, %d target passes, %d nodes%n",
                    price, asked.passes(), report.passes(), report.drafted());
            double time = asked.passes() * (double) price + report.passes() * 100;
            assertThat(time).as("at a price of %d", price).isLessThan(TOKENS * 100);
        }
    }

    @Test
    void the_end_of_a_request_gives_its_pages_back() throws InterruptedException {
        try (Engine engine = engine(timed(draft, 1))) {
            Answers.of(engine.submit(request(0.8, 5, TOKENS))).await();
            eventually("the draft pool is full", this::poolIsFull);
            assertThat(draft.openSessions()).isZero();
        }
    }

    @Test
    void cancel_gives_its_pages_back() throws InterruptedException {
        try (Engine engine = engine(timed(draft, 1))) {
            Answers answers = Answers.with(engine.submit(request(0.8, 5, 300)), 1);
            eventually("pages are in use", () -> answers.count() == 1 && !poolIsFull());
            answers.subscription.cancel();
            eventually("the draft pool is full", this::poolIsFull);
        }
        assertThat(draft.openSessions()).isZero();
    }

    @Test
    void shutting_down_amid_an_answer_frees_the_model() throws InterruptedException {
        try (Engine engine = engine(timed(draft, 1))) {
            Answers answers = Answers.with(engine.submit(request(0.8, 5, 300)), 1);
            eventually("pages are in use", () -> answers.count() == 1 && !poolIsFull());
        }
        assertThat(draft.openSessions()).isZero();
        assertThat(draft.isClosed()).isTrue();
    }

    @Test
    void where_the_pool_has_no_room_requests_go_on_without() {
        ToyModel small =
                new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withPool(5, 16));
        try (Engine engine = engine(timed(small, 1))) {
            List<Answers> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(Answers.of(engine.submit(Requests.speculating(request(0.8, i, TOKENS), 4, "model"))));
            }
            for (int i = 0; i < 8; i++) {
                assertThat(running.get(i).await().choice(0).ids()).isEqualTo(plain(request(0.8, i, TOKENS)));
            }
        }
        assertThat(small.openSessions()).isZero();
    }

    @Test
    void behind_the_context_of_the_draft_model_requests_go_on_without() {
        ToyModel brief =
                new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1).withContext(40));
        GenerationRequest request = Requests.speculating(request(0.8, 5, TOKENS), 4, "model");
        try (Engine engine = engine(timed(brief, 1))) {
            assertThat(Answers.of(engine.submit(request)).await().choice(0).ids())
                    .isEqualTo(plain(request));
        }
        assertThat(brief.passes()).isPositive();
    }

    @Test
    void without_a_draft_model_its_name_is_refused() {
        EngineSettings settings = new EngineSettings(
                4, 400, 8, Duration.ofMinutes(5), Duration.ofMinutes(5), 16, List.of("prompt-lookup"), 4);
        try (Engine engine = new Engine(twin(), TOKENIZER.vocabulary(), settings, PolicySet::empty)) {
            assertThatThrownBy(() -> engine.submit(Requests.speculating(request(0, 5, 5), 4, "model")))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.code()).isEqualTo(Code.UNKNOWN_DRAFTER))
                    .hasMessageContaining("sluice.draft.model.source");
        }
    }

    @Test
    void a_draft_model_of_fewer_tokens_is_refused() {
        ToyModel other = new ToyModel(ToyModel.Settings.bare(5, 1));
        assertThatThrownBy(() -> new DraftModel(other, TOKENIZER.vocabulary(), () -> 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("but has 5");
    }
}
