package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.safetensors.LoraFolder;
import dev.sluice.model.weights.AdaptedWeights;
import dev.sluice.model.weights.Adapter;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import dev.sluice.model.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Adapters that ask for what is not supported, or are for another model: refused, with the file, the place and what to do. */
class RefusedAdapterTests {
    private static final TinyModel MODEL = TinyModel.all().get(0);
    private static final String QUERY = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

    @TempDir
    Path folder;

    private TinyAdapter adapter;

    @BeforeEach
    void create() {
        adapter = TinyAdapter.of(MODEL, List.of("q_proj", "v_proj"), List.of(0), TensorType.F32, 1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "peft_type | \"LOHA\" | supported is only: LORA",
                "peft_type | null | supported is only: LORA",
                "task_type | \"SEQ_CLS\" | supported is only: CAUSAL_LM",
                "bias | \"all\" | supported is only: none",
                "bias | 7 | must be a string",
                "use_dora | true | supported is only: off",
                "lora_bias | true | supported is only: off",
                "fan_in_fan_out | true | supported is only: off",
                "modules_to_save | [\"lm_head\"] | supported is only: off",
                "trainable_token_indices | [1] | supported is only: off",
                "exclude_modules | \"q_proj\" | supported is only: off",
                "layer_replication | [[0, 1]] | supported is only: off",
                "a_key_of_next_year | 1 | supported is only: off",
                "init_lora_weights | \"pissa\" | supported is only: eva, gaussian, orthogonal",
                "r | 0 | must be from 1 to 4096",
                "r | 2147483647 | must be from 1 to 4096",
                "r | \"4\" | must be an integer",
                "r | null | must be an integer",
                "lora_alpha | 0 | must be above 0",
                "lora_alpha | 1e308 | must be above 0",
                "lora_alpha | null | must be a number",
                "use_rslora | 1 | must be true or false",
                "target_modules | [\"q_proj\", \"v_proj\", \"c_attn\"] | c_attn",
                "target_modules | [\"q_proj\", \"proj\"] | not proj",
                "target_modules | [\"embed_tokens\"] | not embed_tokens",
                "target_modules | \".*[qv]_proj\" | supported is only: all-linear",
                "target_modules | [] | target_modules is []",
                "target_modules | [1] | a list of strings",
                "target_modules | null | target_modules is null",
                "layers_to_transform | [2] | numbers of layers from 0 to 1",
                "layers_to_transform | [-1] | numbers of layers from 0 to 1",
                "layers_to_transform | {} | numbers of layers from 0 to 1",
                "layers_pattern | \"h\" | supported is only: layers",
                "rank_pattern | {\"q_proj\": 0} | rank_pattern.q_proj must be from 1",
                "rank_pattern | {\".*q_proj\": 2} | not by .*q_proj",
                "rank_pattern | [] | must be an object",
                "alpha_pattern | {\"h_proj\": 2} | not by h_proj",
                "alpha_pattern | {\"q_proj\": \"2\"} | alpha_pattern.q_proj must be a number"
            })
    void settings_that_are_not_supported(String key, String value, String message) throws IOException {
        adapter.config().set(key, JsonMapper.shared().readTree(value));
        refused(Code.METADATA, "adapter_config.json", key, message);
    }

    @Test
    void keys_that_are_off_or_have_no_effect_are_no_obstacle() throws IOException {
        adapter.config()
                .put("use_dora", false)
                .put("peft_version", "0.17.0")
                .put("megatron_core", "megatron.core")
                .put("init_lora_weights", true)
                .put("layers_pattern", "layers")
                .putNull("layer_replication");
        adapter.config().putObject("loftq_config");
        assertThat(read().updates()).containsOnlyKeys("blk.0.attn_q.weight", "blk.0.attn_v.weight");
    }

    @Test
    void all_linear_is_all_of_the_layers_but_not_the_output() throws IOException {
        TinyModel untied = TinyModel.all().get(1);
        adapter = TinyAdapter.of(untied, TinyAdapter.ALL, List.of(0, 1), TensorType.F32, 2);
        adapter.config().put("target_modules", "all-linear").remove("layers_to_transform");
        Path model = TinyFiles.gguf(untied, Files.createDirectories(folder.resolve("untied")));
        try (WeightSource source = ModelFormat.GGUF.weights(model)) {
            assertThat(LoraFolder.read(adapter.write(folder.resolve("adapter")), source)
                            .updates())
                    .hasSize(14);
        }
    }

    @Test
    void a_tensor_that_changes_nothing() throws IOException {
        adapter.add(MODEL, "model.layers.1.self_attn.q_proj", TinyAdapter.RANK, new Random(3));
        refused(
                Code.TENSOR,
                "adapter_model.safetensors",
                "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight (one of 2)",
                "Train the adapter without them");
    }

    @Test
    void a_change_of_the_embedding() throws IOException {
        String name = "base_model.model.model.embed_tokens.lora_embedding_A";
        adapter.shapes().put(name, new int[] {4, TinyModel.VOCABULARY});
        adapter.factors().put(name, new float[4 * TinyModel.VOCABULARY]);
        refused(Code.TENSOR, "adapter_model.safetensors", name, "embeddings are not supported");
    }

    @Test
    void a_tensor_that_is_missing() throws IOException {
        adapter.factors().remove(QUERY);
        refused(Code.TENSOR, "adapter_model.safetensors", QUERY + " is missing", "fetch the adapter again");
    }

    @Test
    void a_rank_that_is_not_that_of_the_tensors() throws IOException {
        adapter.config().put("r", 64);
        refused(Code.TENSOR, "adapter_model.safetensors", QUERY, "must have the shape [64, 128]", "but has [4, 128]");
    }

    @Test
    void an_adapter_of_a_model_of_another_width() throws IOException {
        adapter.shapes().put(QUERY, new int[] {TinyAdapter.RANK, 64});
        adapter.factors().put(QUERY, new float[TinyAdapter.RANK * 64]);
        refused(Code.TENSOR, "adapter_model.safetensors", QUERY, "but has [4, 64]", "trained on this model");
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-Infinity"})
    void numbers_that_are_not_finite(float number) throws IOException {
        Objects.requireNonNull(adapter.factors().get(QUERY))[5] = number;
        refused(Code.MALFORMED, "adapter_model.safetensors", QUERY, "number 5 is " + number);
    }

    @Test
    void products_beyond_single_precision() throws IOException {
        Objects.requireNonNull(adapter.factors().get(QUERY))[5] = Float.MAX_VALUE;
        adapter.config().put("lora_alpha", 1e6);
        refused(Code.MALFORMED, "adapter_model.safetensors", "self_attn.q_proj", "beyond single precision");
    }

    @Test
    void files_that_are_missing_or_cut_short() throws IOException {
        Path written = adapter.write(folder.resolve("adapter"));
        Path weights = written.resolve("adapter_model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, List.of("{"));
        refusedAsWritten(Code.TRUNCATED, "adapter_model.safetensors");
        Files.write(weights, Arrays.copyOf(whole, whole.length - 1));
        refusedAsWritten(Code.TRUNCATED, "adapter_model.safetensors");
        Files.delete(weights);
        refusedAsWritten(Code.UNREADABLE, "adapter_model.safetensors", "it is missing", "give the path of one");
        Files.delete(written.resolve("adapter_config.json"));
        refusedAsWritten(Code.UNREADABLE, "adapter_config.json", "it is missing");
    }

    private void refused(Code code, String... parts) throws IOException {
        adapter.write(folder.resolve("adapter"));
        refusedAsWritten(code, parts);
    }

    private void refusedAsWritten(Code code, String... parts) {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(this::readAsWritten)
                .matches(e -> e.code() == code, code + " expected")
                .withMessageContainingAll(parts);
    }

    private Adapter read() throws IOException {
        adapter.write(folder.resolve("adapter"));
        return readAsWritten();
    }

    /** Reads the adapter and merges all of it. */
    private Adapter readAsWritten() throws IOException {
        try (WeightSource source = ModelFormat.GGUF.weights(TinyFiles.gguf(MODEL, folder))) {
            Adapter read = LoraFolder.read(folder.resolve("adapter"), source);
            WeightSource merged = new AdaptedWeights(source, List.of(read));
            for (TensorInfo tensor : merged.tensors().values()) {
                assertThat(merged.data(tensor).isReadOnly()).isTrue();
            }
            return read;
        }
    }
}
