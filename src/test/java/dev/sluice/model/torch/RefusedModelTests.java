package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.safetensors.HubTokenizer;
import dev.sluice.model.weights.TensorType;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.token.LoadedTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is not implemented, or not whole, is refused by name and never run as something else. */
class RefusedModelTests {
    private static final TinyModel LLAMA = TinyModel.of("llama", true, "linear", 0, 1, TensorType.F32);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model_type | \"mixtral\" | UNSUPPORTED_ARCHITECTURE",
                "hidden_act | \"gelu\" | UNSUPPORTED_ARCHITECTURE",
                "attention_bias | true | UNSUPPORTED_ARCHITECTURE",
                "mlp_bias | true | UNSUPPORTED_ARCHITECTURE",
                "partial_rotary_factor | 0.5 | UNSUPPORTED_ARCHITECTURE",
                "quantization_config | {\"bits\":4} | UNSUPPORTED_ARCHITECTURE",
                "rope_scaling | {\"rope_type\":\"longrope\"} | UNSUPPORTED_ARCHITECTURE",
                "rope_scaling | {\"rope_type\":\"yarn\",\"factor\":2,\"mscale\":1} | UNSUPPORTED_ARCHITECTURE",
                "rope_scaling | {\"rope_type\":\"linear\",\"factor\":0} | METADATA",
                "rope_theta | -1 | METADATA",
                "num_key_value_heads | 3 | METADATA",
                "num_hidden_layers | 2 | TENSOR",
                "head_dim | 16 | TENSOR",
                "hidden_size | \"x\" | METADATA",
                "rms_norm_eps | null | METADATA",
                "tie_word_embeddings | 1 | METADATA",
            })
    void a_config_that_asks_for_more_is_refused(String key, String value, Code code) throws IOException {
        refused(code, config -> config.set(key, JsonMapper.shared().readTree(value)));
    }

    @Test
    void a_tensor_that_nobody_reads_is_refused() throws IOException {
        TinyModel biased = TinyModel.of("qwen2", true, "none", 0, 1, TensorType.F32);
        TinyFiles.folder(biased, folder, 1);
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("qwen2", "llama"));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .withMessageContaining("attn_q.bias")
                .matches(e -> e.code() == Code.TENSOR);
    }

    @Test
    void a_window_that_is_left_to_a_default_is_refused() throws IOException {
        TinyModel mistral = TinyModel.of("mistral", true, "none", 20, 1, TensorType.F32);
        TinyFiles.folder(mistral, folder, 1);
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("sliding_window", "sliding"));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .withMessageContaining("sliding_window");
    }

    @Test
    void a_shard_outside_the_folder_is_refused() throws IOException {
        TinyFiles.folder(LLAMA, folder, 2);
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replaceFirst("model-0", "../model-0"));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .matches(e -> e.code() == Code.METADATA);
    }

    @Test
    void a_context_beyond_what_a_rotary_table_holds_is_refused_before_the_pool_is_made() throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        ObjectNode config = TinyFiles.config(LLAMA).put("max_position_embeddings", 1 << 25);
        Files.writeString(folder.resolve("config.json"), config.toString());
        Path home = LoadedModels.options(Precision.FLOAT32).home();
        TorchOptions options = new TorchOptions(
                "tiny", Precision.FLOAT32, "cpu", 64L << 30, Integer.MAX_VALUE, 1, null, home, new BitSet());
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> TorchModel.load(folder, options, (phase, done, total) -> {}))
                .withMessageContaining("at most 16777215 tokens, but has 33554432")
                .withMessageContaining("sluice.engine.max-context");
    }

    @Test
    void a_single_file_of_weights_goes_before_an_index() throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"x\": \"model-00001-of-00002.safetensors\"}}");
        try (WeightSource source = ModelFormat.of(folder).weights(folder)) {
            WeightCheck.verify(source);
            assertThat(source.files())
                    .containsExactly(folder.resolve("config.json"), folder.resolve("model.safetensors"));
        }
    }

    @Test
    void a_shard_that_is_not_there_is_named_with_the_names_that_are_fetched() throws IOException {
        TinyFiles.folder(LLAMA, folder, 2);
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, Files.readString(index).replace("model-1", "other-1"));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .withMessageContaining("other-1.safetensors")
                .withMessageContaining("model.safetensors.index.json lists it")
                .withMessageContaining("model-N-of-M.safetensors")
                .matches(e -> e.code() == Code.UNREADABLE);
    }

    @Test
    void auto_is_bfloat16_off_the_cpu() throws IOException {
        try (WeightSource source = ModelFormat.GGUF.weights(TinyFiles.gguf(LLAMA, folder))) {
            assertThat(Precision.AUTO.chosenFor(source, false)).isEqualTo(Precision.BFLOAT16);
            assertThat(Precision.INT8.chosenFor(source, true)).isEqualTo(Precision.INT8);
        }
    }

    @Test
    void the_tokenizer_of_a_folder_has_its_template_and_ends_of_turn_that_are_no_plain_text() throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [190, " + TinyFiles.END + "]}");
        rename("<|im_end|>", "<mark>");
        Files.delete(folder.resolve("tokenizer_config.json"));
        assertThat(tokenizerEnds()).containsExactly(TinyFiles.END);
    }

    @Test
    void ends_of_turn_are_those_for_generation_then_those_of_the_config_and_that_of_the_tokenizer() throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        rename("<|im_end|>", "<mark>");
        Path settings = folder.resolve("tokenizer_config.json");
        String named = Files.readString(settings);
        Path generation = folder.resolve("generation_config.json");
        Files.delete(settings);
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": " + TinyFiles.END + "}");
        Files.writeString(generation, "{\"eos_token_id\": 3}");
        assertThat(tokenizerEnds()).isEmpty();
        Files.delete(generation);
        assertThat(tokenizerEnds()).containsExactly(TinyFiles.END);
        Files.writeString(folder.resolve("config.json"), "{}");
        assertThat(tokenizerEnds()).isEmpty();
        Files.writeString(settings, named);
        assertThat(tokenizerEnds()).containsExactly(TinyFiles.END);
    }

    @Test
    void the_tokenizer_of_a_folder_has_its_template() throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        try (LoadedTokenizer loaded = ModelFormat.of(folder).tokenizer(folder)) {
            assertThat(loaded.chat()).isNotNull();
            assertThat(loaded.tokenizer().vocabulary().endsOfTurn()).isEqualTo(List.of(TinyFiles.END));
            assertThat(loaded.tokenizer().encode("abc<|im_end|>", true)).containsExactly(26, 2, TinyFiles.END);
            assertThat(Objects.requireNonNull(loaded.chat()).encode(List.of(), true))
                    .isEmpty();
        }
    }

    private void rename(String from, String to) throws IOException {
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Path file = folder.resolve(name);
            Files.writeString(file, Files.readString(file).replace(from, to));
        }
    }

    private List<Integer> tokenizerEnds() {
        try (LoadedTokenizer loaded = HubTokenizer.load(folder)) {
            return loaded.tokenizer().vocabulary().endsOfTurn();
        }
    }

    private void refused(Code code, Consumer<ObjectNode> change) throws IOException {
        TinyFiles.folder(LLAMA, folder, 1);
        ObjectNode config = TinyFiles.config(LLAMA);
        change.accept(config);
        Files.writeString(folder.resolve("config.json"), config.toString());
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .matches(e -> e.code() == code, code + " expected");
    }

    private static void verify(Path path) {
        try (WeightSource source = ModelFormat.of(path).weights(path)) {
            WeightCheck.verify(source);
        }
    }
}
