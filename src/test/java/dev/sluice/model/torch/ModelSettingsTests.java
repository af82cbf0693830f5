package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.ModelShape.Layer;
import dev.sluice.model.weights.Rope;
import dev.sluice.model.weights.TensorType;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What settings of both formats mean where they are left out, and which of them are refused. */
class ModelSettingsTests {
    private static final double BASE = 20_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gemma2 | sliding_window | null | METADATA",
                "gemma3_text | sliding_window | null | METADATA",
                "gemma3_text | rope_theta | null | METADATA",
                "smollm3 | rope_theta | null | METADATA",
                "llama | use_sliding_window | true | METADATA",
                "llama | layer_types | [\"sliding_attention\"] | METADATA",
                "llama | layer_types | [\"other_attention\"] | METADATA",
                "llama | layer_types | [] | METADATA",
                "qwen3 | layer_types | [\"sliding_attention\"] | METADATA",
                "qwen2 | use_sliding_window | true | METADATA",
                "llama | tie_word_embeddings | false | TENSOR",
                "llama | tie_word_embeddings | null | TENSOR",
                "llama | rope_parameters | {\"rope_theta\":1e4,\"partial_rotary_factor\":0.5} | UNSUPPORTED_ARCHITECTURE",
                "llama | rope_scaling | {\"rope_type\":\"linear\",\"factor\":2,\"partial_rotary_factor\":0.5} |"
                        + " UNSUPPORTED_ARCHITECTURE",
            })
    void a_config_that_leaves_open_what_is_computed_or_asks_for_more_is_refused(
            String type, String key, String value, Code code) throws IOException {
        TinyModel tiny = tiny(type);
        TinyFiles.folder(tiny, folder, 1);
        verify(folder);
        ObjectNode config = TinyFiles.config(tiny);
        config.set(key, JsonMapper.shared().readTree(value));
        Files.writeString(folder.resolve("config.json"), config.toString());
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .matches(e -> e.code() == code, code + " expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gemma2", "gemma3_text", "smollm3"})
    void some_families_tie_the_output_to_the_embedding_unless_they_say_otherwise(String type) throws IOException {
        TinyModel tiny = tiny(type);
        TinyFiles.folder(tiny, folder, 1);
        ObjectNode config = TinyFiles.config(tiny);
        config.remove("tie_word_embeddings");
        Files.writeString(folder.resolve("config.json"), config.toString());
        assertThat(verify(folder).storage().tied()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rope_freqs.weight", "blk.0.attn_q.weight", "model.layers.0.self_attn.q_proj.scale"})
    void a_folder_has_tensors_by_the_names_of_hubs_alone(String name) throws IOException {
        TinyModel tiny = tiny("llama");
        TinyFiles.folder(tiny, folder, 1);
        Path file = folder.resolve("model.safetensors");
        String old = name.startsWith("blk") ? "model.layers.0.self_attn.q_proj.weight" : "model.norm.weight";
        byte[] bytes = TinyFiles.safetensors(tiny, tiny.shapes().keySet(), each -> each.equals(old) ? name : each);
        Files.write(file, bytes);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> verify(folder))
                .withMessageContaining(name + " is no part");
    }

    @Test
    void a_tokenizer_with_more_tokens_than_the_embedding_has_rows_is_refused() throws IOException {
        TinyFiles.folder(tiny("llama"), folder, 1);
        Path file = folder.resolve("tokenizer.json");
        String more = Files.readString(file).replace("\"id\":" + TinyFiles.END, "\"id\":" + (TinyFiles.END + 1));
        Files.writeString(file, more);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> ModelFormat.of(folder).tokenizer(folder).close())
                .withMessageContaining("200")
                .withMessageContaining("201");
    }

    @Test
    void windows_of_gguf_files_are_those_of_their_families() throws IOException {
        ModelShape gemma2 = gguf("gemma2", metadata -> metadata.remove("attention.sliding_window"));
        assertThat(gemma2.window()).isEqualTo(4096);
        assertThat(windowed(gemma2)).containsExactly(true, false, true, false, true, false, true);
        ModelShape gemma3 = gguf("gemma3_text", metadata -> {
            metadata.put("attention.sliding_window_pattern", 3);
            metadata.put("rope.freq_base_swa", 5_000.0);
        });
        assertThat(windowed(gemma3)).containsExactly(true, true, false, true, true, false, true);
        assertThat(gemma3.ropes().get(1)).isEqualTo(Rope.plain(5_000, gemma3.headWidth()));
        assertThat(windowed(gguf("gemma3_text", metadata -> {})))
                .containsExactly(true, true, true, true, true, false, true);
        assertThat(windowed(gguf("mistral", metadata -> {}))).containsOnly(true);
    }

    @ParameterizedTest
    @CsvSource({
        "qwen2, attention.sliding_window, 20, qwen2.attention.sliding_window",
        "qwen3, attention.sliding_window, 20, qwen3.attention.sliding_window",
        "smollm3, attention.sliding_window, 20, smollm3.attention.sliding_window",
        "llama, attention.sliding_window_pattern, 2, sliding_window_pattern",
        "gemma2, rope.freq_base_swa, 3000, rope.freq_base_swa",
        "gemma2, attention.sliding_window, 0, attention.sliding_window",
        "gemma3_text, attention.sliding_window, 0, attention.sliding_window",
        "llama, attention.scale, 2, llama.attention.scale",
        "llama, rope.scaling.attn_factor, 2, rope.scaling.attn_factor",
    })
    void settings_of_gguf_files_that_a_family_does_not_have_are_refused(
            String type, String key, int value, String said) {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> gguf(type, metadata -> metadata.put(key, value)))
                .withMessageContaining(said);
    }

    @Test
    void a_gemma_3_without_a_window_and_a_yarn_of_its_own_length_are_refused() {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> gguf("gemma3_text", metadata -> metadata.remove("attention.sliding_window")))
                .withMessageContaining("attention.sliding_window is missing");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> gguf("llama", metadata -> {
                    metadata.put("rope.scaling.type", "yarn");
                    metadata.put("rope.scaling.factor", 4.0);
                    metadata.put("rope.scaling.yarn_attn_factor", 2.0);
                }))
                .withMessageContaining("YaRN");
    }

    @Test
    void a_scaling_without_a_type_is_linear_and_by_nothing_where_its_factor_is_0() throws IOException {
        Rope plain = Rope.plain(BASE, 32);
        assertThat(gguf("llama", metadata -> metadata.put("rope.scaling.factor", 4.0))
                        .ropes())
                .containsExactly(plain.linear(4));
        assertThat(gguf("llama", metadata -> metadata.put("rope.scaling.factor", 0.0))
                        .ropes())
                .containsExactly(plain);
        assertThat(gguf("llama", metadata -> {}).ropes()).containsExactly(plain);
        assertThat(gguf("llama", metadata -> {
                            metadata.put("rope.scaling.type", "none");
                            metadata.put("rope.scaling.factor", 4.0);
                            metadata.put("attention.scale", 1 / Math.sqrt(32));
                        })
                        .ropes())
                .containsExactly(plain);
    }

    private static TinyModel tiny(String type) {
        boolean windowed = type.startsWith("gemma") || type.equals("mistral");
        return TinyModel.of(type, true, "none", windowed ? 20 : 0, windowed ? 7 : 1, TensorType.F32);
    }

    private ModelShape gguf(String type, Consumer<Map<String, Object>> change) throws IOException {
        return verify(Files.write(folder.resolve("m.gguf"), TinyFiles.ggufBytes(tiny(type), change)));
    }

    private static List<Boolean> windowed(ModelShape shape) {
        return shape.layers().stream().map(Layer::windowed).toList();
    }

    private static ModelShape verify(Path path) {
        try (WeightSource source = ModelFormat.of(path).weights(path)) {
            WeightCheck.verify(source);
            return source.shape();
        }
    }
}
