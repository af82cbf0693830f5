package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.model.CausalModel;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Drafting by cost: as much as pays, and what the report says of it. */
class SpeculationTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int TOKENS = 120;

    /** An engine whose model claims the given pass times, on a clock that stands still: they are all it ever knows. */
    private static Engine engine(long... passTimes) {
        CausalModel toy = new TimedModel(new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 1)), passTimes);
        EngineSettings settings = new EngineSettings(
                4,
                400,
                8,
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                16,
                List.of("prompt-lookup", "token-recycling"),
                Speculation.AUTO);
        return new Engine(
                toy,
                TOKENIZER.vocabulary(),
                settings,
                PolicySet::empty,
                new TenantMemories(new SuccessorTable(TOKENIZER.vocabulary().size()), 1 << 20),
                () -> 0);
    }

    private static Answers answer(Engine engine) {
        SamplingParameters endless =
                new SamplingParameters(0.8, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 5);
        return Answers.of(engine.submit(Requests.of(TOKENIZER.encode("the cat", false), endless, TOKENS)))
                .await();
    }

    @Test
    void where_nodes_cost_little_what_is_known_is_drafted_and_accepted() {
        try (Engine engine = engine(100, 101, 102, 104, 108, 116)) {
            answer(engine);
            Report again = answer(engine).report();
            Report.Drafting drafting = again.speculation();
            assertThat(drafting.maxNodes()).isEqualTo(Speculation.AUTO);
            assertThat(drafting.switchedOff()).isFalse();
            assertThat(drafting.meanNodes()).isEqualTo((double) again.drafted() / again.passes());
            assertThat(again.meanAcceptanceLength()).isGreaterThan(3);
            assertThat(drafting.byDrafter().get("prompt-lookup").accepted()).isGreaterThan(TOKENS / 2);
            assertThat(drafting.byDrafter().values().stream()
                            .mapToInt(Report.Share::accepted)
                            .sum())
                    .isEqualTo(again.accepted());
            assertThat(drafting.byDrafter().values().stream()
                            .mapToInt(Report.Share::drafted)
                            .sum())
                    .isEqualTo(again.drafted());
        }
    }

    @Test
    void where_nothing_pays_drafting_switches_itself_off_but_for_a_try_now_and_then() {
        try (Engine engine = engine(100, 400, 1_600, 6_400, 25_600, 102_400)) {
            List<Integer> first = answer(engine).choice(0).ids();
            Answers again = answer(engine);
            assertThat(again.choice(0).ids()).isEqualTo(first);
            Report report = again.report();
            assertThat(report.speculation().switchedOff()).isTrue();
            assertThat(report.drafted()).as("tries").isBetween(1, TOKENS / 64 + 1);
        }
    }

    @Test
    void a_request_with_a_salt_drafts_from_no_earlier_answer_and_leaves_none() {
        try (Engine engine = engine(100, 101, 102, 104, 108, 116)) {
            answer(engine);
            int known = answer(engine).report().accepted();
            GenerationRequest plain = Requests.of(
                    TOKENIZER.encode("the cat", false),
                    new SamplingParameters(0.8, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 5),
                    TOKENS);
            GenerationRequest salted = new GenerationRequest(
                    plain.prompt(),
                    plain.sampling(),
                    plain.maxTokens(),
                    plain.stop(),
                    1,
                    null,
                    plain.policies(),
                    null,
                    true,
                    "other tenant",
                    "salt",
                    null);
            Answers.of(engine.submit(salted)).await();
            int apart = Answers.of(engine.submit(salted)).await().report().accepted();
            assertThat(apart).isLessThan(known / 2);
        }
    }

    @Test
    void a_fixed_number_is_a_bound_and_not_weighed_against_cost() {
        try (Engine engine = engine(100, 400, 1_600, 6_400, 25_600, 102_400)) {
            answer(engine);
            GenerationRequest fixed = Requests.speculating(
                    Requests.of(
                            TOKENIZER.encode("the cat", false),
                            new SamplingParameters(0.8, 0, 1, 0, 1, 1, 0, 0, Map.of(ByteTokenizer.END, -100f), 5),
                            TOKENS),
                    3,
                    "prompt-lookup");
            Report report = Answers.of(engine.submit(fixed)).await().report();
            assertThat(report.speculation().maxNodes()).isEqualTo(3);
            assertThat(report.speculation().switchedOff()).isFalse();
            assertThat(report.speculation().meanNodes()).isGreaterThan(2).isLessThanOrEqualTo(3);
        }
    }
}
