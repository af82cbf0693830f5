package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.RuleId;
import dev.sluice.engine.Engine;
import dev.sluice.engine.EngineSettings;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.model.CausalModel;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.TorchTrainer;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ForwardingModel;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.ChatTemplate;
import dev.sluice.train.AlignEvaluation.Result;
import dev.sluice.train.AlignEvaluation.Row;
import dev.sluice.train.HeadTraining.Trained;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training and evaluation on a toy, whose states come from the length of the context and its last token, spread over six numbers. */
class HeadTrainingTests {
    private static final HeadSettings SETTINGS = new HeadSettings(3, 40, 24, 3, 6, 64, 3, 0.2);
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final ChatTemplate CHAT =
            new ChatTemplate(TOKENIZER, "{% for message in messages %}{{ message['content'] }}{% endfor %}", "", "");

    @TempDir
    Path folder;

    @Test
    void a_training_gives_a_head_its_threshold_and_two_reward_models() {
        Trained trained = train("one", line -> {});
        assertThat(Classifier.sizes(trained.head())).containsExactly(6, 1024, 256, 2);
        assertThat(Classifier.sizes(trained.reward().network())).containsExactly(6, 64, 1);
        assertThat(Classifier.sizes(trained.judge().network())).containsExactly(12, 64, 1);
        assertThat(trained.threshold()).isBetween(0.0, 1.0);
        assertThat(trained.reward().tried())
                .isPositive()
                .isEqualTo(trained.judge().tried());
        assertThat(trained.tokens()).isBetween(60, 24 * 3 * 6);
    }

    @Test
    void a_training_that_is_stopped_anywhere_and_resumed_gives_the_same_bits() {
        List<String> lines = new ArrayList<>();
        Trained through = train("through", lines::add);
        for (String marker : List.of("reward: epoch 2", "judge: epoch 1", "head: epoch 1", "head: epoch 3")) {
            assertThatThrownBy(() -> train("stopped", line -> {
                        if (line.startsWith(marker)) {
                            throw new IllegalStateException("stopped");
                        }
                    }))
                    .hasMessage("stopped");
        }
        Trained resumed = train("stopped", line -> {});
        assertThat(resumed.threshold()).isEqualTo(through.threshold());
        for (int p = 0; p < through.head().parameters().size(); p++) {
            assertThat(resumed.head().parameters().get(p))
                    .isEqualTo(through.head().parameters().get(p));
        }
        assertThat(lines)
                .anyMatch(line -> line.startsWith("reading pairs: "))
                .anyMatch(line -> line.contains("s left"));
    }

    @Test
    void too_few_pairs_and_settings_out_of_bounds_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> training("few", line -> {}, new WideModel()).run(pairs(8), "d"))
                .withMessageContaining("part of the pairs needs some to fit to");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HeadSettings(1, 40, 12, 1, 6, 64, 3, 0.2))
                .withMessageContaining("2 answers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HeadSettings(1, 40, 12, 2, 6, 64, 3, 1))
                .withMessageContaining("below 1");
    }

    @Test
    void what_was_trained_is_written_with_cards_and_can_be_loaded() throws IOException {
        Trained trained = train("one", line -> {});
        Path out = folder.resolve("toy-head");
        new HeadFolder(out, new ToyModel(toy()).description(), 2, "pairs.jsonl", "e".repeat(64), SETTINGS, "./train it")
                .write(trained);
        String card = Files.readString(out.resolve("CARD.md"));
        assertThat(card).contains("# toy-head", "./train it", "pairs.jsonl", "20 of 100 tokens");
        assertThat(card).contains("| tokens fitted to | " + trained.tokens());
        for (String name : List.of("reward", "judge")) {
            Classifier.load(out.resolve(name)).manifest().require(Kind.REWARD);
        }
        Classifier loaded = Classifier.load(out);
        assertThat(loaded.manifest().thresholds()).containsEntry("accept", trained.threshold());
        assertThat(Classifier.names(folder)).contains("toy-head").doesNotContain("reward");
    }

    @Test
    void an_evaluation_of_a_policy_that_does_nothing_finds_no_difference_and_the_best_of_four_no_loss() {
        Trained trained = train("one", line -> {});
        RewardModel judge = new RewardModel(trained.reward().network());
        List<int[]> prompts = List.of(TOKENIZER.encode("one", false), TOKENIZER.encode("two prompts", false));
        AlignEvaluation evaluation = new AlignEvaluation(prompts, 5, 12, 1, line -> {}, () -> 0);
        EngineSettings settings =
                new EngineSettings(8, 200, 8, Duration.ofMinutes(1), Duration.ofMinutes(1), 16, List.of(), 0);
        PolicySet set = new PolicySet(
                "r", Map.of("idle", new Policy("idle", "", List.of(), List.of(), null, List.of(), 0)), List.of());
        try (Engine engine = new Engine(new ToyModel(toy()), TOKENIZER.vocabulary(), settings, () -> set)) {
            evaluation.answer(engine::submit, "idle");
        }
        AcceptanceHead head = new AcceptanceHead(new RuleId("idle", "a"), trained.head(), 4, 1, Fallback.FIRST, false);
        Result result = evaluation.score(new WideModel(), TOKENIZER.vocabulary(), judge, judge, head);
        Row base = Objects.requireNonNull(result.rows().get("base"));
        Row under = Objects.requireNonNull(result.rows().get("head"));
        Row best = Objects.requireNonNull(result.rows().get("best-of-4"));
        assertThat(under.preference()).isZero();
        assertThat(under.changed()).isZero();
        assertThat(under.judge()).isEqualTo(base.judge());
        assertThat(best.judge()).isGreaterThan(base.judge());
        assertThat(best.preference()).isPositive();
        assertThat(best.forwards()).isEqualTo(4 * base.forwards());
        assertThat(base.perplexity()).isGreaterThan(1);
        assertThat(result.acceptance()).hasSize(8).allMatch(share -> share >= 0 && share <= 1);
    }

    @Test
    void distinct_pairs_tell_repetition() {
        assertThat(AlignEvaluation.distinct(List.of(1, 2, 3, 4))).isEqualTo(1);
        assertThat(AlignEvaluation.distinct(List.of(1, 2, 1, 2, 1))).isEqualTo(0.5);
        assertThat(AlignEvaluation.distinct(List.of(7))).isEqualTo(1);
    }

    private Trained train(String name, Consumer<String> progress) {
        try (CausalModel model = new WideModel()) {
            return training(name, progress, model).run(pairs(220), "digest");
        }
    }

    private HeadTraining training(String name, Consumer<String> progress, CausalModel model) {
        Fit fit = new Fit(TorchTrainer.on(ModelStore.defaultHome(), "cpu"), () -> 0);
        return new HeadTraining(model, TOKENIZER, CHAT, fit, SETTINGS, folder.resolve(name), progress, () -> 0);
    }

    private static ToyModel.Settings toy() {
        return ToyModel.Settings.of(TOKENIZER.vocabulary(), 4);
    }

    private static List<Preference> pairs(int count) {
        List<Preference> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.add(new Preference(
                    List.of(new ChatMessage("user", "question " + i)), "yes, that is " + i, "no " + i + " is not"));
        }
        return pairs;
    }

    /** A toy whose states have six numbers, made of the last token and the length: a norm of two leaves but signs. */
    private static final class WideModel extends ForwardingModel {
        WideModel() {
            super(new ToyModel(toy()));
        }

        @Override
        public Pass forward(List<Segment> segments) {
            Pass pass = super.forward(segments);
            return (Pass) Proxy.newProxyInstance(
                    Pass.class.getClassLoader(), new Class<?>[] {Pass.class}, (proxy, method, arguments) -> {
                        Object result = method.invoke(pass, arguments);
                        return method.getName().equals("hidden") ? wide((float[]) result) : result;
                    });
        }

        private static float[] wide(float[] state) {
            float token = state[1];
            return new float[] {token % 7, token % 5, token % 3, token % 2, state[0] % 3, token / 64};
        }
    }
}
