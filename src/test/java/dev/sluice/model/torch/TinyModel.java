package dev.sluice.model.torch;

import dev.sluice.model.weights.TensorType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A made-up model of one of the families, with random weights under the names, and in the layout, of model hubs.
 *
 * @param type the {@code model_type} of its {@code config.json}
 * @param tied whether the output matrix is the embedding
 * @param scaling how rotary frequencies are scaled: none, linear, llama3 or yarn
 * @param window positions that windowed layers see, or 0
 * @param layers number of layers
 * @param stored how weights are stored, but vectors in GGUF files; they are what is left of them then
 * @param weights by name, matrices row by row
 */
record TinyModel(
        String type,
        boolean tied,
        String scaling,
        int window,
        int layers,
        TensorType stored,
        Map<String, float[]> weights) {
    static final int WIDTH = 128;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int INNER = 96;
    static final int VOCABULARY = 200;
    static final int CONTEXT = 512;
    static final int ORIGINAL_CONTEXT = 64;
    static final double FACTOR = 4;
    static final double EPSILON = 1e-5f;
    static final double SCORE_CAP = 5;
    static final double LOGIT_CAP = 8;
    static final double LOCAL_BASE = 10_000;

    static TinyModel of(String type, boolean tied, String scaling, int window, int layers, TensorType stored) {
        TinyModel model = new TinyModel(type, tied, scaling, window, layers, stored, new LinkedHashMap<>());
        Random random = new Random(type.hashCode() * 31L + scaling.hashCode());
        model.shapes().forEach((name, shape) -> {
            boolean matrix = shape.length > 1;
            float[] values = new float[matrix ? shape[0] * shape[1] : shape[0]];
            float centre = matrix || name.endsWith("bias") || model.gemma() ? 0 : 1;
            for (int i = 0; i < values.length; i++) {
                float value = centre + (float) random.nextGaussian() * 0.15f;
                values[i] = rounded(value, stored);
            }
            model.weights.put(name, values);
        });
        return model;
    }

    boolean gemma() {
        return type.startsWith("gemma");
    }

    boolean headNorms() {
        return type.equals("qwen3") || type.equals("gemma3_text");
    }

    /** Width of a head: a part of the width, but where the family sets it apart. */
    int head() {
        return gemma() || type.equals("qwen3") ? 48 : WIDTH / HEADS;
    }

    double ropeBase() {
        return type.equals("smollm3") ? 2_000_000 : type.equals("gemma3_text") ? 1_000_000 : 20_000;
    }

    /** Whether a layer sees the window alone. */
    boolean windowed(int layer) {
        return window > 0
                && switch (type) {
                    case "gemma2" -> layer % 2 == 0;
                    case "gemma3_text" -> layer % 6 != 5;
                    default -> true;
                };
    }

    /** Whether a layer turns queries and keys. */
    boolean turned(int layer) {
        return !type.equals("smollm3") || layer % 4 != 3;
    }

    float[] weight(String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    float[] weight(int layer, String part) {
        return weight("model.layers." + layer + "." + part);
    }

    /** Rows and columns, or the length, of each tensor. */
    Map<String, int[]> shapes() {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        int queries = HEADS * head();
        int keys = KV_HEADS * head();
        shapes.put("model.embed_tokens.weight", new int[] {VOCABULARY, WIDTH});
        for (int layer = 0; layer < layers; layer++) {
            String block = "model.layers." + layer + ".";
            shapes.put(block + "input_layernorm.weight", new int[] {WIDTH});
            shapes.put(block + "self_attn.q_proj.weight", new int[] {queries, WIDTH});
            shapes.put(block + "self_attn.k_proj.weight", new int[] {keys, WIDTH});
            shapes.put(block + "self_attn.v_proj.weight", new int[] {keys, WIDTH});
            shapes.put(block + "self_attn.o_proj.weight", new int[] {WIDTH, queries});
            if (type.equals("qwen2")) {
                shapes.put(block + "self_attn.q_proj.bias", new int[] {queries});
                shapes.put(block + "self_attn.k_proj.bias", new int[] {keys});
                shapes.put(block + "self_attn.v_proj.bias", new int[] {keys});
            }
            if (headNorms()) {
                shapes.put(block + "self_attn.q_norm.weight", new int[] {head()});
                shapes.put(block + "self_attn.k_norm.weight", new int[] {head()});
            }
            shapes.put(block + "post_attention_layernorm.weight", new int[] {WIDTH});
            if (gemma()) {
                shapes.put(block + "pre_feedforward_layernorm.weight", new int[] {WIDTH});
                shapes.put(block + "post_feedforward_layernorm.weight", new int[] {WIDTH});
            }
            shapes.put(block + "mlp.gate_proj.weight", new int[] {INNER, WIDTH});
            shapes.put(block + "mlp.up_proj.weight", new int[] {INNER, WIDTH});
            shapes.put(block + "mlp.down_proj.weight", new int[] {WIDTH, INNER});
        }
        shapes.put("model.norm.weight", new int[] {WIDTH});
        if (!tied) {
            shapes.put("lm_head.weight", new int[] {VOCABULARY, WIDTH});
        }
        return shapes;
    }

    /** All families, and each way of storing, tying, scaling and windowing at least once. */
    static List<TinyModel> all() {
        return List.of(
                of("llama", true, "none", 0, 2, TensorType.F32),
                of("llama", false, "llama3", 0, 2, TensorType.F16),
                of("llama", true, "linear", 0, 2, TensorType.BF16),
                of("mistral", false, "none", 20, 2, TensorType.F32),
                of("qwen2", true, "yarn", 0, 2, TensorType.F32),
                of("qwen2", false, "none", 0, 2, TensorType.BF16),
                of("qwen3", true, "none", 0, 2, TensorType.F32),
                of("qwen3", false, "yarn", 0, 2, TensorType.F16),
                of("smollm3", true, "none", 0, 5, TensorType.F32),
                of("gemma2", true, "none", 20, 3, TensorType.F32),
                of("gemma3_text", true, "linear", 20, 7, TensorType.F32));
    }

    /** The value of the nearest number of a type. */
    private static float rounded(float value, TensorType type) {
        return switch (type) {
            case F16 -> Float16.value(Float16.bits(value));
            case BF16 -> Numbers.bfloat16(value);
            default -> value;
        };
    }

    @Override
    public String toString() {
        return type + (tied ? "-tied" : "") + "-" + scaling + "-window-" + window + "-" + stored;
    }
}
