package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.PassCosts;
import dev.sluice.draft.SuccessorFile;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.model.torch.Precision;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.RealModel;
import dev.sluice.testkit.SharedData;
import dev.sluice.token.ChatMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What each drafter contributes on Spec-Bench, counted on the real model under a cost curve that is given, so that no
 * clock takes part: the same figures on a quiet machine and on a busy one. {@code -Dsluice.tests.count=240} for all prompts.
 */
@Tag("model")
class DraftSharesTests {
    private static final int PROMPTS = Integer.getInteger(
            "sluice.tests.count", "thorough".equals(System.getProperty("sluice.tests.scale")) ? 240 : 13);
    private static final int TOKENS = 96;

    /** Microseconds of int4 passes of one session, two cores. */
    private static final long[] CURVE = {9_800, 11_700, 14_400, 23_600, 42_800, 77_800};

    private final PassCosts costs = new PassCosts(CURVE);

    /** Sums over the prompts of a category. */
    private final class Sum {
        int tokens;
        int passes;
        int drafted;
        double time;
        final Map<String, Report.Share> shares = new LinkedHashMap<>();

        void add(Report report) {
            tokens += (int) Math.round(report.meanAcceptanceLength() * report.passes());
            passes += report.passes();
            drafted += report.drafted();
            // Between its points the curve is straight, and trees are small: the mean tree stands for all.
            time += report.passes()
                    * costs.time(1, 1)
                    * (1
                            + report.speculation().meanNodes()
                                    * costs.marginal(
                                            1 + (int) report.speculation().meanNodes(), 1));
            report.speculation().byDrafter().forEach((name, share) -> shares.merge(name, share, Report.Share::plus));
        }

        double speed() {
            return tokens * costs.time(1, 1) / time;
        }

        @Override
        public String toString() {
            return "acceptance length %.2f, nodes %.2f, expected speed %.2f, %s"
                    .formatted((double) tokens / passes, (double) drafted / passes, speed(), shares);
        }
    }

    private static SuccessorTable warm(RealModel loaded) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of("classifiers", "token-recycling", "successors.bin"))) {
            return SuccessorFile.read(
                    in,
                    loaded.model().description().fingerprint(),
                    loaded.tokenizer().vocabulary().size());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.8})
    void drafting_by_cost_gains_on_spec_bench(double temperature) throws IOException {
        List<JsonNode> records = SharedData.records("data/spec-bench.jsonl");
        Map<String, Sum> sums = new LinkedHashMap<>();
        try (RealModel loaded = RealModel.load(Precision.INT4)) {
            SuccessorTable warm = warm(loaded);
            EngineSettings settings = new EngineSettings(
                    1,
                    2048,
                    4,
                    Duration.ofHours(1),
                    Duration.ofHours(1),
                    64,
                    List.of("prompt-lookup", "token-recycling"),
                    Speculation.AUTO);
            try (Engine engine = new Engine(
                    new TimedModel(loaded.shared(), CURVE),
                    loaded.tokenizer().vocabulary(),
                    settings,
                    PolicySet::empty,
                    new TenantMemories(warm, 32 << 20),
                    () -> 0)) {
                for (int i = 0; i < PROMPTS; i++) {
                    JsonNode record = records.get(i * records.size() / PROMPTS);
                    Report report = Answers.of(engine.submit(request(loaded, record, temperature, i)))
                            .await()
                            .report();
                    sums.computeIfAbsent(record.path("category").stringValue(), any -> new Sum())
                            .add(report);
                    sums.computeIfAbsent("all", any -> new Sum()).add(report);
                }
            }
        }
        List<String> lines = new ArrayList<>();
        sums.forEach((category, sum) -> lines.add(category + ": " + sum));
        System.out.println("temperature " + temperature + "\n" + String.join("\n", lines));
        assertThat(sums.get("all").speed()).as("%s", lines).isGreaterThan(1);
    }

    private static GenerationRequest request(RealModel loaded, JsonNode record, double temperature, int number) {
        String text = record.path("turns").get(0).stringValue();
        int[] prompt = loaded.files().chat().encode(List.of(new ChatMessage("user", text)), true, 1_900);
        SamplingParameters sampling = temperature == 0
                ? SamplingParameters.greedy()
                : new SamplingParameters(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(), 1_000 + number);
        return Requests.of(prompt, sampling, TOKENS);
    }
}
