package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.store.ModelStore;
import dev.sluice.testkit.TestEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The default encoder against values of a float64 implementation over the same weights. */
@Tag("model")
class EncoderParityTests {
    private static final double CLOSE = 1e-5;

    @SuppressWarnings("NullAway.Init")
    private static List<JsonNode> records;

    @SuppressWarnings("NullAway.Init")
    private static TorchSentenceEncoder encoder;

    @BeforeAll
    static void load() {
        records = LoadedModels.golden("minilm.jsonl");
        encoder = TorchSentenceEncoder.load(
                TestEncoder.path(), "cpu", ModelStore.defaultHome(), (phase, done, total) -> {});
    }

    @AfterAll
    static void close() {
        if (encoder != null) {
            encoder.close();
        }
    }

    @Test
    void tokens_are_equal() {
        for (JsonNode record : records) {
            String text = record.get("text").asString();
            assertThat(encoder.tokens(text)).as(text).isEqualTo(LoadedModels.ints(record, "ids"));
        }
    }

    @Test
    void vectors_are_within_a_hundred_thousandth() {
        double most = 0;
        for (JsonNode record : records) {
            float[] vector = encoder.encode(record.get("text").asString());
            JsonNode wanted = record.get("embedding");
            assertThat(vector).hasSize(encoder.width()).hasSize(wanted.size());
            double squares = 0;
            for (int i = 0; i < vector.length; i++) {
                most = Math.max(most, Math.abs(vector[i] - wanted.get(i).asDouble()));
                squares += vector[i] * vector[i];
            }
            assertThat(squares).isBetween(1 - 1e-5, 1 + 1e-5);
        }
        System.out.printf("encoder: at most %.2e from float64 in %d vectors%n", most, records.size());
        assertThat(most).isLessThan(CLOSE);
    }

    @Test
    void vectors_have_the_same_bits_in_another_order() {
        List<String> texts =
                records.stream().map(record -> record.get("text").asString()).toList();
        List<float[]> first = texts.stream().map(encoder::encode).toList();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, texts.size()).boxed().toList());
        Collections.shuffle(order, new Random(7));
        for (int i : order) {
            assertThat(encoder.encode(texts.get(i))).as(texts.get(i)).isEqualTo(first.get(i));
        }
    }

    @Test
    void a_long_text_is_its_first_tokens() {
        String start = "word ".repeat(254);

        assertThat(encoder.tokens(start + "more ".repeat(100_000))).hasSize(256);
        assertThat(encoder.encode(start + "more ".repeat(100_000))).isEqualTo(encoder.encode(start));
    }

    @Test
    void names_of_control_tokens_in_a_text_are_text() {
        int[] tokens = encoder.tokens("[SEP] a [PAD][CLS]");

        assertThat(Arrays.stream(tokens).filter(token -> token < 104).toArray()).containsExactly(101, 102);
    }

    @Test
    void the_fingerprint_is_the_hash_of_the_weights() {
        assertThat(encoder.fingerprint()).isEqualTo("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
    }
}
