package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.ModelSession;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.weights.TensorType;
import dev.sluice.testkit.TinyEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TorchSentenceEncoderTests {
    private static final long SEED = 20_261_124;

    @TempDir
    private Path directory;

    private Path folder = Path.of("");

    @BeforeEach
    void create() throws IOException {
        folder = Files.createDirectory(directory.resolve("encoder"));
    }

    private TorchSentenceEncoder load() {
        return TorchSentenceEncoder.load(folder, "cpu", ModelStore.defaultHome(), (phase, done, total) -> {});
    }

    private TorchSentenceEncoder load(TinyEncoder model) throws IOException {
        model.write(folder);
        return load();
    }

    /** Texts of all lengths that there are, and some longer. */
    private static List<String> texts(long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>(List.of("", " ", "a", "!?"));
        for (int length = 1; length < TinyEncoder.POSITIONS + 10; length++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < length; i++) {
                text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(4) == 0 ? " " : "");
            }
            texts.add(text.toString());
        }
        return texts;
    }

    @Test
    void vectors_are_those_of_the_naive_twin() throws IOException {
        for (long seed = SEED; seed < SEED + 3; seed++) {
            TinyEncoder model = new TinyEncoder(seed);
            PlainEncoder twin = new PlainEncoder(model);
            try (TorchSentenceEncoder encoder = load(model)) {
                for (String text : texts(seed)) {
                    float[] vector = encoder.encode(text);
                    double[] wanted = twin.encode(encoder.tokens(text));
                    for (int i = 0; i < wanted.length; i++) {
                        assertThat((double) vector[i])
                                .as("seed %d, text '%s', number %d", seed, text, i)
                                .isCloseTo(wanted[i], within(1e-5));
                    }
                }
            }
        }
    }

    @Test
    void a_text_is_cut_at_the_positions_that_there_are_or_at_what_the_folder_says() throws IOException {
        String text = "a ".repeat(100);
        try (TorchSentenceEncoder encoder = load(new TinyEncoder(SEED))) {
            assertThat(encoder.tokens(text)).hasSize(TinyEncoder.POSITIONS);
            assertThat(encoder.encode(text)).isEqualTo(encoder.encode("a ".repeat(TinyEncoder.POSITIONS - 2)));
        }
        Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 9}");
        try (TorchSentenceEncoder encoder = load()) {
            assertThat(encoder.tokens(text)).hasSize(9);
            assertThat(encoder.encode(text)).hasSize(TinyEncoder.WIDTH);
        }
    }

    @Test
    void a_vector_has_the_same_bits_alone_among_others_and_from_two_threads_while_a_model_runs() throws Exception {
        TinyModel language = TinyModel.of("llama", true, "none", 0, 2, TensorType.F32);
        Path models = Files.createDirectory(directory.resolve("model"));
        TorchOptions options = new TorchOptions(
                "tiny", Precision.FLOAT32, "cpu", 48 << 20, 400, 2, null, ModelStore.defaultHome(), new BitSet());
        ExecutorService threads = Executors.newFixedThreadPool(3);
        List<String> texts = texts(SEED);
        try (TorchModel model = TorchModel.load(TinyFiles.gguf(language, models), options, (phase, done, total) -> {});
                TorchSentenceEncoder encoder = load(new TinyEncoder(SEED))) {
            Map<String, float[]> alone = new HashMap<>();
            texts.forEach(text -> alone.put(text, encoder.encode(text)));
            AtomicBoolean over = new AtomicBoolean();
            Future<Integer> passes = threads.submit(() -> {
                int run = 0;
                for (; !over.get(); run++) {
                    try (ModelSession session = model.open()) {
                        LoadedModels.feed(model, session, new int[] {1 + run % 7, 2, 3, 4, 5, 6, 7}, 1 + run % 5);
                    }
                }
                return run;
            });
            List<Future<?>> encoding = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                List<String> order = new ArrayList<>(texts);
                Collections.shuffle(order, new Random(SEED + thread));
                encoding.add(threads.submit(() -> {
                    for (int round = 0; round < 3; round++) {
                        for (String text : order) {
                            assertThat(encoder.encode(text)).as(text).isEqualTo(alone.get(text));
                        }
                    }
                }));
            }
            for (Future<?> one : encoding) {
                one.get();
            }
            over.set(true);
            assertThat(passes.get()).isPositive();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void the_fingerprint_is_the_hash_of_the_weights() throws IOException {
        try (TorchSentenceEncoder encoder = load(new TinyEncoder(SEED))) {
            byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
            assertThat(encoder.fingerprint()).isEqualTo(MachineCache.digest(weights));
        }
    }

    @Test
    void a_vector_that_is_not_finite_is_an_error() throws IOException {
        TinyEncoder model = new TinyEncoder(SEED);
        model.weight("embeddings.LayerNorm.bias")[3] = Float.NaN;
        try (TorchSentenceEncoder encoder = load(model)) {
            assertThatThrownBy(() -> encoder.encode("some text"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not finite")
                    .hasMessageNotContaining("some text");
        }
    }

    @Test
    void after_closing_nothing_is_encoded() throws IOException {
        TorchSentenceEncoder encoder = load(new TinyEncoder(SEED));
        encoder.close();
        encoder.close();

        assertThatThrownBy(() -> encoder.encode("a")).hasMessageContaining("closed");
    }

    private static Arguments refused(String what, Code code, String message, Consumer<TinyEncoder> change) {
        return Arguments.of(what, code, message, change);
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                refused(
                        "another family",
                        Code.UNSUPPORTED_ARCHITECTURE,
                        "model_type must be bert",
                        model -> model.config.put("model_type", "roberta")),
                refused(
                        "another activation",
                        Code.UNSUPPORTED_ARCHITECTURE,
                        "hidden_act must be gelu",
                        model -> model.config.put("hidden_act", "gelu_new")),
                refused(
                        "relative positions",
                        Code.UNSUPPORTED_ARCHITECTURE,
                        "position_embedding_type",
                        model -> model.config.put("position_embedding_type", "relative_key")),
                refused(
                        "no width",
                        Code.METADATA,
                        "hidden_size must be an integer",
                        model -> model.config.remove("hidden_size")),
                refused(
                        "a huge width",
                        Code.METADATA,
                        "hidden_size must be from 1",
                        model -> model.config.put("hidden_size", Integer.MAX_VALUE)),
                refused(
                        "a huge vocabulary",
                        Code.METADATA,
                        "vocab_size must be from 1",
                        model -> model.config.put("vocab_size", Integer.MAX_VALUE)),
                refused(
                        "heads that do not fit",
                        Code.METADATA,
                        "num_attention_heads must be a divisor",
                        model -> model.config.put("num_attention_heads", 5)),
                refused(
                        "no layers",
                        Code.METADATA,
                        "num_hidden_layers",
                        model -> model.config.put("num_hidden_layers", 0)),
                refused(
                        "a layer too many",
                        Code.TENSOR,
                        "encoder.layer.2.",
                        model -> model.config.put("num_hidden_layers", 3)),
                refused(
                        "a layer too few",
                        Code.TENSOR,
                        "is no part of a BERT encoder",
                        model -> model.config.put("num_hidden_layers", 1)),
                refused(
                        "a negative epsilon",
                        Code.METADATA,
                        "layer_norm_eps must be a number between",
                        model -> model.config.put("layer_norm_eps", -1.0)),
                refused(
                        "another width than the weights have",
                        Code.TENSOR,
                        "must have the dimensions",
                        model -> model.config.put("hidden_size", 48)),
                refused(
                        "more positions than rows",
                        Code.TENSOR,
                        "position_embeddings",
                        model -> model.config.put("max_position_embeddings", 41)),
                refused(
                        "a token beyond the rows",
                        Code.METADATA,
                        "a token of tokenizer.json must be from 0",
                        model -> model.tokenizer.withObject("/model/vocab").put("##z", 4000)),
                refused(
                        "no token that frames",
                        Code.METADATA,
                        "[SEP]",
                        model -> model.tokenizer.withObject("/model/vocab").remove("[SEP]")),
                refused(
                        "no token for the unknown",
                        Code.METADATA,
                        "unk_token",
                        model -> model.tokenizer.withObject("/model").remove("unk_token")),
                refused(
                        "another tokenizer",
                        Code.METADATA,
                        "not of BERT's WordPiece",
                        model -> model.tokenizer.withObject("/model").put("type", "BPE")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void a_folder_with_a_fault_is_refused_with_the_reason(
            String what, Code code, String message, Consumer<TinyEncoder> change) throws IOException {
        TinyEncoder model = new TinyEncoder(SEED);
        change.accept(model);
        model.write(folder);

        ModelFileException refused = catchThrowableOfType(ModelFileException.class, this::load);

        assertThat(refused).as(what).hasMessageContaining(message);
        assertThat(refused.code()).isEqualTo(code);
    }

    @Test
    void another_pooling_than_the_mean_is_refused() throws IOException {
        new TinyEncoder(SEED).write(folder);
        Path pooling = Files.createDirectory(folder.resolve("1_Pooling")).resolve("config.json");
        Files.writeString(pooling, "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}");
        assertThatThrownBy(this::load).hasMessageContaining("pooling_mode_mean_tokens must be true");
        Files.writeString(pooling, "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": true}");
        assertThatThrownBy(this::load).hasMessageContaining("pooling_mode_cls_token must be false");
        Files.writeString(pooling, "{\"pooling_mode_cls_token\": false, \"pooling_mode_mean_tokens\": true}");
        load().close();
    }

    @Test
    void a_file_that_ends_early_or_is_missing_is_refused() throws IOException {
        new TinyEncoder(SEED).write(folder);
        Path weights = folder.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, java.util.Arrays.copyOf(whole, whole.length - 4));
        assertThat(catchThrowableOfType(ModelFileException.class, this::load).code())
                .isEqualTo(Code.TRUNCATED);
        Files.delete(weights);
        assertThat(catchThrowableOfType(ModelFileException.class, this::load).code())
                .isEqualTo(Code.UNREADABLE);
    }
}
