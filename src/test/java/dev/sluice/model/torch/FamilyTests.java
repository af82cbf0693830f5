package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.weights.TensorType;
import dev.sluice.testkit.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Made-up models of every family, from both formats, against a plain forward pass; and every kind of pass of each, bit for bit. */
class FamilyTests {
    private static final int LENGTH = 150;
    private static final int STEM = 60;

    @TempDir
    Path folder;

    static Stream<TinyModel> models() {
        return TinyModel.all().stream();
    }

    static Stream<Arguments> precisions() {
        return models().flatMap(model -> Stream.of(
                        Precision.FLOAT32, Precision.FLOAT16, Precision.BFLOAT16, Precision.INT8, Precision.INT4)
                .map(precision -> Arguments.of(model, precision)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void logits_from_gguf_are_those_of_the_plain_pass(TinyModel tiny) throws IOException {
        compare(tiny, TinyFiles.gguf(tiny, folder));
    }

    @ParameterizedTest
    @MethodSource("models")
    void logits_from_safetensors_are_those_of_the_plain_pass(TinyModel tiny) throws IOException {
        compare(tiny, TinyFiles.folder(tiny, folder, 1));
    }

    @ParameterizedTest
    @MethodSource("models")
    void logits_from_sharded_safetensors_are_those_of_the_plain_pass(TinyModel tiny) throws IOException {
        compare(tiny, TinyFiles.folder(tiny, folder, 3));
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void every_pass_gives_the_bits_of_plain_steps(TinyModel tiny, Precision precision) throws IOException {
        try (TorchModel model = load(TinyFiles.folder(tiny, folder, 1), precision)) {
            assumeTrue(
                    model.description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
            try (ExactPassTests.Duel duel = new ExactPassTests.Duel(model, new Random(31), TinyModel.VOCABULARY)) {
                for (int number : Series.of("exact-" + tiny + "-" + precision, 1, 40)) {
                    duel.run(number, 12);
                }
                assertThat(duel.rows()).isPositive();
            }
            assertThat(model.freePositions()).isEqualTo(model.totalPositions());
        }
    }

    @ParameterizedTest
    @MethodSource("precisions")
    void every_precision_stays_near_the_plain_pass(TinyModel tiny, Precision precision) throws IOException {
        int[] tokens = new Random(4).ints(40, 0, TinyModel.VOCABULARY).toArray();
        double[] expected = new PlainForward(tiny).logits(tokens)[39];
        try (TorchModel model = load(TinyFiles.gguf(tiny, folder), precision);
                ModelSession session = model.open()) {
            float[] found = LoadedModels.feed(model, session, tokens, 40)[39];
            double error = 0;
            double size = 0;
            for (int token = 0; token < TinyModel.VOCABULARY; token++) {
                error += Math.pow(found[token] - expected[token], 2);
                size += Math.pow(expected[token], 2);
            }
            double most = switch (precision) {
                case INT4 -> 0.7;
                case INT8, BFLOAT16 -> 0.08;
                default -> 0.003;
            };
            assertThat(Math.sqrt(error / size)).isLessThan(most);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void auto_means_the_bits_of_the_file(TinyModel tiny) throws IOException {
        String expected = switch (tiny.stored()) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
        try (TorchModel model = load(TinyFiles.folder(tiny, folder, 1), Precision.AUTO)) {
            assertThat(model.description().precision()).isEqualTo(expected);
        }
    }

    /** Chunks, then a tree whose nodes see past the end of a page; at float32, or in half precision where the file is. */
    private static void compare(TinyModel tiny, Path path) throws IOException {
        int[] tokens = new Random(3).ints(LENGTH, 0, TinyModel.VOCABULARY).toArray();
        double[][] expected = new PlainForward(tiny).logits(tokens);
        Precision precision = tiny.stored() == TensorType.F16 ? Precision.FLOAT16 : Precision.FLOAT32;
        try (TorchModel model = load(path, precision);
                ModelSession session = model.open()) {
            float[][] rows = LoadedModels.feed(model, session, tokens, 33);
            for (int i = 0; i < LENGTH; i++) {
                assertClose(rows[i], expected[i], "position " + i);
            }
            session.truncate(STEM);
            session.reserve(7);
            int[] nodes = {7, tokens[60], tokens[61], tokens[62], 9, tokens[63], tokens[64]};
            Segment tree = new Segment(session, nodes, new int[] {-1, -1, 1, 2, 2, 3, 5}, 0);
            try (Pass pass = model.forward(List.of(tree))) {
                int depth = 0;
                for (int node : new int[] {1, 2, 3, 5, 6}) {
                    assertClose(pass.logits(node), expected[STEM + depth], "node " + node);
                    depth++;
                }
            }
        }
    }

    private static void assertClose(float[] found, double[] expected, String where) {
        assertThat(found).hasSize(expected.length);
        for (int token = 0; token < expected.length; token++) {
            assertThat((double) found[token]).as("%s, token %d", where, token).isCloseTo(expected[token], within(2e-3));
        }
    }

    static TorchModel load(Path path, Precision precision) {
        return TorchModel.load(path, options(precision), (phase, done, total) -> {});
    }

    static TorchOptions options(Precision precision) {
        Path home = LoadedModels.options(precision).home();
        return new TorchOptions("tiny", precision, "cpu", 48 << 20, 400, 1, null, home, new BitSet());
    }
}
