package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.weights.TensorType;
import dev.sluice.testkit.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Made-up models with made-up adapters, against a plain pass over weights that the test merged in double precision. */
class AdapterTests {
    private static final int LENGTH = 60;
    private static final TinyModel LLAMA = TinyModel.all().get(0);

    @TempDir
    Path folder;

    static Stream<TinyModel> models() {
        return TinyModel.all().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void an_adapter_of_all_projections_is_merged_into_gguf(TinyModel tiny) throws IOException {
        TinyAdapter adapter = whole(tiny, TensorType.F16, 1);
        compare(TinyFiles.gguf(tiny, folder), adapter.merged(tiny), adapter.write(folder.resolve("adapter")));
    }

    @ParameterizedTest
    @MethodSource("models")
    void an_adapter_of_all_projections_is_merged_into_safetensors(TinyModel tiny) throws IOException {
        TinyAdapter adapter = whole(tiny, TensorType.F32, 2);
        compare(
                TinyFiles.folder(tiny, folder.resolve("model"), 2),
                adapter.merged(tiny),
                adapter.write(folder.resolve("adapter")));
    }

    @Test
    void the_output_matrix_can_be_changed_where_it_is_not_the_embedding() throws IOException {
        TinyModel tiny = TinyModel.all().get(1);
        TinyAdapter adapter = whole(tiny, TensorType.F32, 3);
        adapter.config().remove("layers_to_transform");
        adapter.config().withArray("target_modules").add("lm_head");
        adapter.add(tiny, "lm_head", TinyAdapter.RANK, new Random(4));
        compare(TinyFiles.gguf(tiny, folder), adapter.merged(tiny), adapter.write(folder.resolve("adapter")));
    }

    @Test
    void layers_and_modules_that_are_not_named_keep_their_weights() throws IOException {
        TinyAdapter adapter = TinyAdapter.of(LLAMA, List.of("k_proj", "mlp.down_proj"), List.of(1), TensorType.F32, 5);
        assertThat(adapter.factors()).hasSize(4);
        compare(TinyFiles.gguf(LLAMA, folder), adapter.merged(LLAMA), adapter.write(folder.resolve("adapter")));
    }

    @Test
    void ranks_and_alphas_of_modules_and_the_root_of_the_rank_count() throws IOException {
        TinyAdapter adapter = whole(LLAMA, TensorType.F32, 6);
        adapter.config().put("use_rslora", true);
        adapter.config()
                .putObject("rank_pattern")
                .put("model.layers.1.self_attn.q_proj", 7)
                .put("o_proj", 2);
        adapter.config()
                .putObject("alpha_pattern")
                .put("^model.layers.0.mlp.up_proj", 3)
                .put("mlp.up_proj", 9.5);
        Random random = new Random(7);
        adapter.add(LLAMA, "model.layers.1.self_attn.q_proj", 7, random);
        adapter.add(LLAMA, "model.layers.0.self_attn.o_proj", 2, random);
        adapter.add(LLAMA, "model.layers.1.self_attn.o_proj", 2, random);
        Map<String, Double> scales = new LinkedHashMap<>();
        LLAMA.shapes().keySet().stream().filter(name -> name.contains("_proj")).forEach(name -> {
            String module = name.replace(".weight", "");
            double alpha = switch (module) {
                case "model.layers.0.mlp.up_proj" -> 3;
                case "model.layers.1.mlp.up_proj" -> 9.5;
                default -> TinyAdapter.ALPHA;
            };
            scales.put(module, alpha / Math.sqrt(adapter.rank(module)));
        });
        compare(TinyFiles.gguf(LLAMA, folder), adapter.merged(LLAMA, scales), adapter.write(folder.resolve("adapter")));
    }

    @Test
    void several_adapters_add_up() throws IOException {
        TinyAdapter first = whole(LLAMA, TensorType.F32, 8);
        TinyAdapter second = TinyAdapter.of(LLAMA, List.of("q_proj", "up_proj"), List.of(0), TensorType.F16, 9);
        compare(
                TinyFiles.gguf(LLAMA, folder),
                second.merged(first.merged(LLAMA)),
                first.write(folder.resolve("first")),
                second.write(folder.resolve("second")));
    }

    @ParameterizedTest
    @EnumSource(value = Precision.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void passes_with_an_adapter_give_the_bits_of_plain_steps(Precision precision) throws IOException {
        Path adapter = whole(LLAMA, TensorType.F16, 10).write(folder.resolve("adapter"));
        try (TorchModel model = load(TinyFiles.gguf(LLAMA, folder), precision, adapter)) {
            assumeTrue(
                    model.description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
            try (ExactPassTests.Duel duel = new ExactPassTests.Duel(model, new Random(32), TinyModel.VOCABULARY)) {
                for (int number : Series.of("exact-adapter-" + precision, 1, 40)) {
                    duel.run(number, 12);
                }
                assertThat(duel.rows()).isPositive();
            }
            assertThat(model.freePositions()).isEqualTo(model.totalPositions());
        }
    }

    @Test
    void the_precision_of_the_file_stays_and_merged_weights_are_put_in_it() throws IOException {
        TinyModel tiny = TinyModel.all().get(2);
        Path adapter = whole(tiny, TensorType.F32, 11).write(folder.resolve("adapter"));
        try (TorchModel model = load(TinyFiles.gguf(tiny, folder), Precision.AUTO, adapter)) {
            assertThat(model.description().precision()).isEqualTo("bfloat16");
        }
    }

    @Test
    void the_fingerprint_covers_the_contents_of_adapters_and_their_order() throws IOException {
        Path model = TinyFiles.gguf(LLAMA, folder);
        Path one = whole(LLAMA, TensorType.F16, 12).write(folder.resolve("one"));
        Path copy = whole(LLAMA, TensorType.F16, 12).write(folder.resolve("copy"));
        Path two = whole(LLAMA, TensorType.F16, 13).write(folder.resolve("two"));
        String bare = fingerprint(model);
        String adapted = fingerprint(model, one);
        assertThat(adapted).matches("[0-9a-f]{64}").isNotEqualTo(bare).isEqualTo(fingerprint(model, copy));
        assertThat(List.of(fingerprint(model, two), fingerprint(model, one, two), fingerprint(model, two, one)))
                .doesNotHaveDuplicates()
                .doesNotContain(bare, adapted);
        Path config = one.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace("\"lora_alpha\":6.0", "\"lora_alpha\":6.5"));
        assertThat(fingerprint(model, one)).isNotEqualTo(adapted);
    }

    private static String fingerprint(Path path, Path... adapters) {
        try (TorchModel model = load(path, Precision.FLOAT32, adapters)) {
            return model.description().fingerprint();
        }
    }

    private static TinyAdapter whole(TinyModel model, TensorType stored, long seed) {
        List<Integer> layers = IntStream.range(0, model.layers()).boxed().toList();
        return TinyAdapter.of(model, TinyAdapter.ALL, layers, stored, seed);
    }

    private static void compare(Path path, TinyModel expected, Path... adapters) {
        int[] tokens = new Random(14).ints(LENGTH, 0, TinyModel.VOCABULARY).toArray();
        double[][] plain = new PlainForward(expected).logits(tokens);
        try (TorchModel model = load(path, Precision.FLOAT32, adapters);
                ModelSession session = model.open()) {
            float[][] rows = LoadedModels.feed(model, session, tokens, 33);
            for (int i = 0; i < LENGTH; i++) {
                for (int token = 0; token < TinyModel.VOCABULARY; token++) {
                    assertThat((double) rows[i][token])
                            .as("position %d, token %d", i, token)
                            .isCloseTo(plain[i][token], within(2e-3));
                }
            }
        }
    }

    private static TorchModel load(Path path, Precision precision, Path... adapters) {
        return TorchModel.load(
                path, FamilyTests.options(precision).withAdapters(List.of(adapters)), (phase, done, total) -> {});
    }
}
