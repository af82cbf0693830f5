package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.Precision;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.model.torch.TorchOptions;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.RealModel;
import dev.sluice.testkit.TestModel;
import dev.sluice.token.Vocabulary;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The default model drafts for itself with its first layers: the same tokens, and what share of the drafts is accepted.
 * {@code -Dsluice.tests.layers=6,10,15,29} for other numbers of layers, {@code -Dsluice.tests.count=48} for more tokens,
 * {@code -Dsluice.tests.nodes=1} for other trees.
 */
@Tag("model")
class RealDraftModelTests {
    private static final int TOKENS = Integer.getInteger("sluice.tests.count", 24);
    private static final int NODES = Integer.getInteger("sluice.tests.nodes", 4);
    private static final int[] LAYERS = Arrays.stream(
                    System.getProperty("sluice.tests.layers", "6").split(","))
            .mapToInt(Integer::parseInt)
            .toArray();
    private static final List<String> PROMPTS = List.of(
            "The capital of France is",
            "Write a list of the numbers from one to twenty in words: one, two, three,",
            "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
            "Question: What is the largest ocean?\nAnswer:",
            "Once upon a time there was a project called Project Night",
            "Water boils at a temperature of");

    private static TorchModel draft(int layers, Vocabulary vocabulary, int threads) {
        TorchOptions options = new TorchOptions(
                        "draft",
                        Precision.INT4,
                        "cpu",
                        64L << 20,
                        2048,
                        threads,
                        null,
                        ModelStore.defaultHome(),
                        vocabulary.masked())
                .withLayers(layers);
        return TorchModel.load(TestModel.path(), options, (phase, done, total) -> {});
    }

    private static GenerationRequest request(RealModel target, int prompt, double temperature) {
        SamplingParameters sampling = temperature == 0
                ? SamplingParameters.greedy()
                : new SamplingParameters(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(), 77 + prompt);
        return Requests.of(target.tokenizer().encode(PROMPTS.get(prompt), true), sampling, TOKENS);
    }

    @Test
    void fewer_layers_draft_for_all_of_them_and_the_tokens_stay_the_same() {
        EngineSettings settings = new EngineSettings(
                2, 512, 16, Duration.ofMinutes(30), Duration.ofMinutes(30), 64, List.of("model"), NODES);
        try (RealModel target = RealModel.load(Precision.INT4, 64L << 20)) {
            assumeTrue(
                    target.model().description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at int4: identity holds up to rounding");
            Vocabulary vocabulary = target.tokenizer().vocabulary();
            Map<String, List<Integer>> plain = new LinkedHashMap<>();
            for (int layers : LAYERS) {
                TorchModel draft =
                        draft(layers, vocabulary, target.model().profile().threads());
                int free = draft.freePositions();
                TenantMemories memories = new TenantMemories(
                        new SuccessorTable(vocabulary.size()), 0, new DraftModel(draft, vocabulary, System::nanoTime));
                try (Engine engine = new Engine(
                        target.shared(), vocabulary, settings, PolicySet::empty, memories, System::nanoTime)) {
                    for (double temperature : new double[] {0, 0.8}) {
                        Report.Share all = new Report.Share(0, 0);
                        int passes = 0;
                        for (int prompt = 0; prompt < PROMPTS.size(); prompt++) {
                            GenerationRequest request = request(target, prompt, temperature);
                            List<Integer> expected = plain.computeIfAbsent(
                                    prompt + " at " + temperature,
                                    any -> Answers.of(engine.submit(Requests.speculating(request, 0)))
                                            .await()
                                            .choice(0)
                                            .ids());
                            Answers answers = Answers.of(engine.submit(request)).await();
                            assertThat(answers.choice(0).ids())
                                    .as("%d layers, prompt %d, temperature %s", layers, prompt, temperature)
                                    .isEqualTo(expected);
                            Report report = answers.report();
                            all = all.plus(report.speculation().byDrafter().get("model"));
                            passes += report.passes();
                        }
                        System.out.printf(
                                "%d layers, temperature %.1f, %d nodes a pass: accepted %.3f of %d, %.2f a pass%n",
                                layers,
                                temperature,
                                NODES,
                                (double) all.accepted() / all.drafted(),
                                all.drafted(),
                                (double) all.accepted() / passes);
                        assertThat(all.drafted()).isPositive();
                    }
                    assertThat(draft.freePositions()).isEqualTo(free);
                }
            }
        }
    }
}
