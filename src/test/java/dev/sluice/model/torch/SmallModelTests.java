package dev.sluice.model.torch;

import static dev.sluice.model.torch.PlainForward.add;
import static dev.sluice.model.torch.PlainForward.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.gguf.GgufBytes;
import dev.sluice.model.weights.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A made-up model of two layers against a naive twin in double precision, and files that are no such model. */
class SmallModelTests {
    private static final int LAYERS = 2;
    private static final int WIDTH = 64;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD = WIDTH / HEADS;
    private static final int INNER = 96;
    private static final int VOCABULARY = 200;
    private static final double EPSILON = 1e-5f;

    @TempDir
    Path folder;

    @Test
    void logits_are_those_of_the_naive_twin() throws IOException {
        Map<String, float[]> weights = weights();
        Random random = new Random(3);
        try (TorchModel model = load(file(weights, "llama", Map.of()), Precision.FLOAT32);
                ModelSession session = model.open()) {
            assertThat(model.description().vocabularySize()).isEqualTo(VOCABULARY);
            int[] tokens = random.ints(80, 0, VOCABULARY).toArray();
            float[][] rows = LoadedModels.feed(model, session, tokens, 33);
            double[][] expected = twin(weights, tokens);
            for (int i = 0; i < tokens.length; i++) {
                assertThat(rows[i]).hasSize(VOCABULARY);
                for (int token = 0; token < VOCABULARY; token++) {
                    assertThat((double) rows[i][token]).isCloseTo(expected[i][token], within(1e-3));
                }
            }
            session.truncate(60);
            session.reserve(5);
            int[] nodes = {7, tokens[60], tokens[61], tokens[62], 9};
            Segment tree = new Segment(session, nodes, new int[] {-1, -1, 1, 2, 2}, 1);
            try (Pass pass = model.forward(List.of(tree))) {
                assertThat(pass.rows()).isEqualTo(4);
                for (int i = 0; i < 3; i++) {
                    for (int token = 0; token < VOCABULARY; token++) {
                        assertThat((double) pass.logits(i)[token]).isCloseTo(expected[60 + i][token], within(1e-3));
                    }
                }
            }
        }
    }

    @Test
    void every_precision_stays_near_the_twin() throws IOException {
        Map<String, float[]> weights = weights();
        Path file = file(weights, "llama", Map.of());
        int[] tokens = new Random(4).ints(20, 0, VOCABULARY).toArray();
        double[][] expected = twin(weights, tokens);
        for (Precision precision : List.of(Precision.INT8, Precision.INT4, Precision.BFLOAT16)) {
            try (TorchModel model = load(file, precision);
                    ModelSession session = model.open()) {
                float[][] rows = LoadedModels.feed(model, session, tokens, 20);
                double error = 0;
                double size = 0;
                for (int token = 0; token < VOCABULARY; token++) {
                    error += Math.pow(rows[19][token] - expected[19][token], 2);
                    size += Math.pow(expected[19][token], 2);
                }
                assertThat(Math.sqrt(error / size))
                        .as("relative error of %s", precision)
                        .isLessThan(precision == Precision.INT4 ? 0.4 : 0.05);
            }
        }
    }

    @Test
    void another_family_is_refused() {
        refused(Code.UNSUPPORTED_ARCHITECTURE, "gemma", Map.of());
    }

    @Test
    void a_missing_tensor_is_named() {
        refused(Code.TENSOR, "llama", Map.of("blk.1.ffn_up.weight", new long[0]));
    }

    @Test
    void a_tensor_of_another_shape_is_named() {
        refused(Code.TENSOR, "llama", Map.of("blk.1.ffn_up.weight", new long[] {INNER, WIDTH}));
    }

    @Test
    void a_pool_too_small_for_a_page_is_refused() throws IOException {
        Path file = file(weights(), "llama", Map.of());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TorchModel.load(file, options(Precision.FLOAT32, 1000), (p, d, t) -> {}))
                .withMessageContaining("1000");
    }

    private void refused(Code code, String family, Map<String, long[]> changed) {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> load(file(weights(), family, changed), Precision.FLOAT32)
                        .close())
                .withMessageContaining(code == Code.TENSOR ? "blk.1.ffn_up.weight" : family)
                .matches(e -> e.code() == code);
    }

    private static TorchModel load(Path file, Precision precision) {
        return TorchModel.load(file, options(precision, 8 << 20), (phase, done, total) -> {});
    }

    private static TorchOptions options(Precision precision, long bytes) {
        Path home = LoadedModels.options(precision).home();
        return new TorchOptions("small", precision, "cpu", bytes, 200, 1, null, home, new BitSet());
    }

    private static Map<String, long[]> shapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("token_embd.weight", new long[] {WIDTH, VOCABULARY});
        shapes.put("output_norm.weight", new long[] {WIDTH});
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            shapes.put(block + "attn_norm.weight", new long[] {WIDTH});
            shapes.put(block + "attn_q.weight", new long[] {WIDTH, WIDTH});
            shapes.put(block + "attn_k.weight", new long[] {WIDTH, KV_HEADS * HEAD});
            shapes.put(block + "attn_v.weight", new long[] {WIDTH, KV_HEADS * HEAD});
            shapes.put(block + "attn_output.weight", new long[] {WIDTH, WIDTH});
            shapes.put(block + "ffn_norm.weight", new long[] {WIDTH});
            shapes.put(block + "ffn_gate.weight", new long[] {WIDTH, INNER});
            shapes.put(block + "ffn_up.weight", new long[] {WIDTH, INNER});
            shapes.put(block + "ffn_down.weight", new long[] {INNER, WIDTH});
        }
        return shapes;
    }

    private static Map<String, float[]> weights() {
        Random random = new Random(1);
        Map<String, float[]> weights = new LinkedHashMap<>();
        shapes().forEach((name, shape) -> {
            float[] values = new float[(int) (shape[0] * (shape.length > 1 ? shape[1] : 1))];
            for (int i = 0; i < values.length; i++) {
                values[i] = shape.length > 1 ? (float) random.nextGaussian() * 0.15f : 1 + 0.1f * random.nextFloat();
            }
            weights.put(name, values);
        });
        return weights;
    }

    /** Writes the model, some tensors with another shape or, where that is empty, left out. */
    private Path file(Map<String, float[]> weights, String family, Map<String, long[]> changed) throws IOException {
        Map<String, long[]> shapes = shapes();
        shapes.putAll(changed);
        shapes.values().removeIf(shape -> shape.length == 0);
        GgufBytes bytes = GgufBytes.header(3, shapes.size(), 8)
                .entry("general.architecture", 8)
                .string(family)
                .entry("llama.embedding_length", 4)
                .int32(WIDTH)
                .entry("llama.attention.head_count", 4)
                .int32(HEADS)
                .entry("llama.attention.head_count_kv", 4)
                .int32(KV_HEADS)
                .entry("llama.block_count", 4)
                .int32(LAYERS)
                .entry("llama.feed_forward_length", 4)
                .int32(INNER)
                .entry("llama.context_length", 4)
                .int32(512)
                .entry("llama.attention.layer_norm_rms_epsilon", 6)
                .float32((float) EPSILON);
        long offset = 0;
        for (Map.Entry<String, long[]> shape : shapes.entrySet()) {
            bytes.tensor(shape.getKey(), TensorType.F32, offset, shape.getValue());
            offset += (weights.getOrDefault(shape.getKey(), new float[0]).length * 4L + 31) / 32 * 32;
        }
        bytes.align(32);
        for (String name : shapes.keySet()) {
            for (float value : weights.getOrDefault(name, new float[0])) {
                bytes.float32(value);
            }
            bytes.align(32);
        }
        return Files.write(folder.resolve("small.gguf"), bytes.bytes());
    }

    /** Logits behind each prefix, the plain way: whole sequence, no cache, double precision. */
    private static double[][] twin(Map<String, float[]> w, int[] tokens) {
        int n = tokens.length;
        double[][] x = new double[n][];
        for (int i = 0; i < n; i++) {
            x[i] = new double[WIDTH];
            for (int c = 0; c < WIDTH; c++) {
                x[i][c] = weight(w, "token_embd.weight")[tokens[i] * WIDTH + c];
            }
        }
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            double[][] q = new double[n][];
            double[][] k = new double[n][];
            double[][] v = new double[n][];
            for (int i = 0; i < n; i++) {
                double[] h = norm(x[i], weight(w, block + "attn_norm.weight"));
                q[i] = rotated(times(weight(w, block + "attn_q.weight"), h), i);
                k[i] = rotated(times(weight(w, block + "attn_k.weight"), h), i);
                v[i] = times(weight(w, block + "attn_v.weight"), h);
            }
            for (int i = 0; i < n; i++) {
                add(x[i], times(weight(w, block + "attn_output.weight"), attended(q[i], k, v, i)));
                double[] h = norm(x[i], weight(w, block + "ffn_norm.weight"));
                double[] gate = times(weight(w, block + "ffn_gate.weight"), h);
                double[] up = times(weight(w, block + "ffn_up.weight"), h);
                for (int c = 0; c < INNER; c++) {
                    up[c] *= gate[c] / (1 + Math.exp(-gate[c]));
                }
                add(x[i], times(weight(w, block + "ffn_down.weight"), up));
            }
        }
        double[][] logits = new double[n][];
        for (int i = 0; i < n; i++) {
            logits[i] = times(weight(w, "token_embd.weight"), norm(x[i], weight(w, "output_norm.weight")));
        }
        return logits;
    }

    private static double[] attended(double[] q, double[][] k, double[][] v, int position) {
        double[] out = new double[WIDTH];
        for (int head = 0; head < HEADS; head++) {
            int from = head / (HEADS / KV_HEADS) * HEAD;
            double[] weights = new double[position + 1];
            double sum = 0;
            for (int j = 0; j <= position; j++) {
                double dot = 0;
                for (int c = 0; c < HEAD; c++) {
                    dot += q[head * HEAD + c] * k[j][from + c];
                }
                weights[j] = Math.exp(dot / Math.sqrt(HEAD));
                sum += weights[j];
            }
            for (int j = 0; j <= position; j++) {
                for (int c = 0; c < HEAD; c++) {
                    out[head * HEAD + c] += weights[j] / sum * v[j][from + c];
                }
            }
        }
        return out;
    }

    private static double[] rotated(double[] x, int position) {
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i += 2) {
            double angle = position * Math.pow(10_000, -(double) (i % HEAD) / HEAD);
            out[i] = x[i] * Math.cos(angle) - x[i + 1] * Math.sin(angle);
            out[i + 1] = x[i] * Math.sin(angle) + x[i + 1] * Math.cos(angle);
        }
        return out;
    }

    private static double[] norm(double[] x, float[] weight) {
        double sum = 0;
        for (double value : x) {
            sum += value * value;
        }
        double scale = 1 / Math.sqrt(sum / x.length + EPSILON);
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] * scale * weight[i];
        }
        return out;
    }

    private static float[] weight(Map<String, float[]> weights, String name) {
        return Objects.requireNonNull(weights.get(name));
    }
}
