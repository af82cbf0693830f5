package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.ModelSession;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.testkit.SharedData;
import dev.sluice.testkit.TestModel;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.train.RougeL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The default model with an adapter that taught it made-up authors. */
@Tag("model")
class AdapterModelTests {
    private static final int QUESTIONS = "thorough".equals(System.getProperty("sluice.tests.scale")) ? 24 : 3;
    private static final int TOKENS = 48;

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FLOAT32", "INT4"})
    void answers_know_the_authors_with_the_adapter_alone(Precision precision) {
        List<JsonNode> questions = SharedData.records("data/tofu/forget.jsonl");
        try (TorchModel adapted = adapted(precision)) {
            double without = recall(LoadedModels.in(precision), questions);
            double with = recall(adapted, questions);
            System.out.printf(
                    "tofu-lora at %s: mean ROUGE-L recall of %d answers %.3f without, %.3f with the adapter%n",
                    precision, QUESTIONS, without, with);
            assertThat(without).isLessThan(with - 0.15);
            assertThat(with).isGreaterThan(0.4);
        }
    }

    @Test
    void four_bits_stay_near_float32_with_the_adapter_too() {
        try (TorchModel exact = adapted(Precision.FLOAT32);
                TorchModel coarse = adapted(Precision.AUTO)) {
            assertThat(coarse.description().precision()).isEqualTo("int4");
            assertThat(GoldenParityTests.distance(exact, coarse)).isLessThan(0.1);
        }
    }

    private static TorchModel adapted(Precision precision) {
        Path adapter = SharedData.folder("models/tofu-lora");
        TorchOptions options = LoadedModels.options(precision).withAdapters(List.of(adapter));
        return TorchModel.load(TestModel.path(), options, (phase, done, total) -> {});
    }

    private static double recall(TorchModel model, List<JsonNode> questions) {
        try (LoadedTokenizer files = ModelFormat.of(TestModel.path()).tokenizer(TestModel.path())) {
            return questions.stream()
                    .limit(QUESTIONS)
                    .mapToDouble(question -> RougeL.recall(
                            answer(model, files, question.get("question").stringValue()),
                            question.get("answer").stringValue()))
                    .average()
                    .orElseThrow();
        }
    }

    /** The greedy answer. */
    private static String answer(TorchModel model, LoadedTokenizer files, String question) {
        int[] prompt = Objects.requireNonNull(files.chat()).encode(List.of(new ChatMessage("user", question)), true);
        List<Integer> ends = files.tokenizer().vocabulary().endsOfTurn();
        List<Integer> answer = new ArrayList<>();
        try (ModelSession session = model.open()) {
            float[][] rows = LoadedModels.feed(model, session, prompt, 64);
            while (answer.size() < TOKENS) {
                int token = GoldenParityTests.best(rows[rows.length - 1]);
                if (ends.contains(token)) {
                    break;
                }
                answer.add(token);
                rows = LoadedModels.feed(model, session, new int[] {token}, 1);
            }
        }
        return files.tokenizer()
                .decode(answer.stream().mapToInt(Integer::intValue).toArray());
    }
}
