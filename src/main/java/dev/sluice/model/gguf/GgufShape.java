package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.ModelShape.Extents;
import dev.sluice.model.weights.ModelShape.Layer;
import dev.sluice.model.weights.ModelShape.Storage;
import dev.sluice.model.weights.Rope;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightCheck;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a model's shape from the metadata of its GGUF file.
 *
 * <p>What the format leaves to the reader is as llama.cpp has it: which layers of Gemma and SmolLM 3 are special, the window of
 * Gemma 2, the local rotary base of Gemma 3, that a scaling without a type is linear, and that the largest Gemmas scale scores by the width of the model.
 */
final class GgufShape {
    private static final String WINDOW = "attention.sliding_window";
    private static final String PATTERN = "attention.sliding_window_pattern";
    private static final String LOCAL_BASE = "rope.freq_base_swa";
    private static final int GEMMA2_WINDOW = 4096;
    private static final int LARGEST_GEMMA2_LAYERS = 46;
    private static final int LARGEST_GEMMA3_LAYERS = 62;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final Family family;
    private final String prefix;

    private GgufShape(GgufFile file) {
        this.file = file;
        metadata = file.metadata();
        String architecture = metadata.string("general.architecture");
        family = Family.named(architecture)
                .orElseThrow(() -> unsupported(
                        file,
                        "the model is of the family " + architecture
                                + "; llama (Mistral too), qwen2, qwen3, smollm3, gemma2 and gemma3 are supported"));
        prefix = architecture + ".";
    }

    /** Reads the shape; throws {@link ModelFileException} for what is not supported or cannot be. */
    static ModelShape of(GgufFile file) {
        ModelShape shape = new GgufShape(file).read();
        shape.check(file.path());
        return shape;
    }

    private ModelShape read() {
        if (metadata.integer(prefix + "expert_count", 0) != 0) {
            throw unsupported(file, "it is a mixture of experts, which is not supported");
        }
        Extents extents = extents();
        int layers = metadata.integer(prefix + "block_count", 1, 1024);
        int window = window();
        int period = period();
        refuse(WINDOW, window != 0 && !family.gemma() && family != Family.LLAMA);
        double base = base();
        refuse(LOCAL_BASE, family != Family.GEMMA3 && metadata.number(prefix + LOCAL_BASE, base) != base);
        List<Layer> kinds = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            kinds.add(
                    switch (family) {
                        case SMOLLM3 -> new Layer((layer + 1) % 4 == 0 ? 1 : 0, false);
                        case GEMMA2 -> new Layer(0, layer % period < period - 1);
                        case GEMMA3 -> local(layer % period < period - 1);
                        default -> new Layer(0, window > 0);
                    });
        }
        Rope rope = rope(extents.headWidth(), extents.context());
        List<Rope> ropes = switch (family) {
            case GEMMA3 -> List.of(rope, Rope.plain(metadata.number(prefix + LOCAL_BASE, 10_000), extents.headWidth()));
            case SMOLLM3 -> List.of(rope, Rope.none(extents.headWidth()));
            default -> List.of(rope);
        };
        boolean halves = family != Family.LLAMA && family != Family.SMOLLM3;
        return new ModelShape(
                family,
                extents,
                kinds,
                ropes,
                window,
                scale(extents, layers),
                cap("attn_logit_softcapping", family == Family.GEMMA2 ? 50 : 0),
                cap("final_logit_softcapping", family == Family.GEMMA2 ? 30 : 0),
                new Storage(halves, 0, !file.tensors().containsKey(WeightCheck.OUTPUT)));
    }

    private static Layer local(boolean local) {
        return new Layer(local ? 1 : 0, local);
    }

    private Extents extents() {
        int width = metadata.integer(prefix + "embedding_length", 1, 1 << 16);
        int heads = metadata.integer(prefix + "attention.head_count", 1, 1024);
        String kvHeads = prefix + "attention.head_count_kv";
        int headWidth = optional("attention.key_length", Math.max(2, width / heads), 2, 1024);
        int valueWidth = optional("attention.value_length", headWidth, 2, 1024);
        int rotated = optional("rope.dimension_count", headWidth, 2, 1024);
        if (rotated != headWidth || valueWidth != headWidth) {
            throw unsupported(
                    file,
                    "its heads are " + headWidth + " wide, of which " + rotated + " are turned, and its values "
                            + valueWidth + ": only equal widths are supported");
        }
        long vocabulary = file.tensor(WeightCheck.EMBEDDING).weights() / width;
        if (vocabulary > 1 << 24) {
            throw unsupported(file, "its vocabulary of " + vocabulary + " tokens exceeds " + (1 << 24));
        }
        return new Extents(
                width,
                metadata.integer(prefix + "feed_forward_length", 1, 1 << 20),
                heads,
                metadata.contains(kvHeads) ? metadata.integer(kvHeads, 1, heads) : heads,
                headWidth,
                (int) vocabulary,
                metadata.integer(prefix + "context_length", 1, 1 << 28),
                metadata.number(prefix + "attention.layer_norm_rms_epsilon"));
    }

    private int window() {
        return switch (family) {
            case GEMMA2 -> optional(WINDOW, GEMMA2_WINDOW, 1, Integer.MAX_VALUE);
            case GEMMA3 -> metadata.integer(prefix + WINDOW, 1, Integer.MAX_VALUE);
            default -> optional(WINDOW, 0, 0, Integer.MAX_VALUE);
        };
    }

    /** Each how many layers one sees all, the last of them; the others see the window. */
    private int period() {
        refuse(PATTERN, !family.gemma() && metadata.contains(prefix + PATTERN));
        return optional(PATTERN, family == Family.GEMMA2 ? 2 : 6, 1, 1024);
    }

    private double base() {
        return metadata.number(prefix + "rope.freq_base", 10_000);
    }

    private void refuse(String key, boolean asked) {
        if (asked) {
            throw unsupported(file, "it sets " + prefix + key + " to what is not supported for the family " + family);
        }
    }

    private double scale(Extents extents, int layers) {
        boolean largest = (family == Family.GEMMA2 && layers == LARGEST_GEMMA2_LAYERS)
                || (family == Family.GEMMA3 && layers == LARGEST_GEMMA3_LAYERS);
        double scale = 1 / Math.sqrt(largest ? extents.width() / extents.heads() : extents.headWidth());
        double asked = metadata.number(prefix + "attention.scale", 0);
        refuse("attention.scale", asked != 0 && Math.abs(asked - scale) > 1e-6 * scale);
        return scale;
    }

    private double cap(String key, double fallback) {
        return metadata.number(prefix + key, fallback);
    }

    private Rope rope(int headWidth, int context) {
        double base = base();
        Rope plain = Rope.plain(base, headWidth);
        double given =
                metadata.number(prefix + "rope.scaling.factor", metadata.number(prefix + "rope.scale_linear", 1));
        double factor = given == 0 ? 1 : given;
        String scaling = metadata.string(prefix + "rope.scaling.type", "linear");
        String length = "rope.scaling.attn_factor";
        refuse(length, !scaling.equals("yarn") && metadata.number(prefix + length, 1) != 1);
        Rope scaled = switch (scaling) {
            case "none" -> plain;
            case "linear" -> plain.linear(factor);
            case "yarn" -> yarn(plain, base, factor, context);
            default ->
                throw unsupported(
                        file,
                        "it scales its rotary embedding in the way " + scaling
                                + "; none, linear and yarn are supported, and factors in the tensor "
                                + WeightCheck.ROPE_FACTORS);
        };
        return file.tensors().containsKey(WeightCheck.ROPE_FACTORS) ? scaled.dividedBy(factors(headWidth)) : scaled;
    }

    private Rope yarn(Rope plain, double base, double factor, int context) {
        if (metadata.number(prefix + "rope.scaling.yarn_log_multiplier", 0) != 0
                || metadata.number(prefix + "rope.scaling.yarn_ext_factor", 1) != 1
                || metadata.number(prefix + "rope.scaling.yarn_attn_factor", 1) != 1) {
            throw unsupported(file, "its YaRN scaling has factors of its own that are not supported");
        }
        return plain.yarn(
                factor,
                metadata.number(prefix + "rope.scaling.original_context_length", context),
                base,
                metadata.number(prefix + "rope.scaling.yarn_beta_fast", 32),
                metadata.number(prefix + "rope.scaling.yarn_beta_slow", 1),
                true,
                Rope.yarnMagnitude(factor) * metadata.number(prefix + "rope.scaling.attn_factor", 1));
    }

    private List<Double> factors(int headWidth) {
        TensorInfo tensor = file.tensor(WeightCheck.ROPE_FACTORS);
        if (tensor.weights() != headWidth / 2) {
            throw new ModelFileException(
                    Code.TENSOR,
                    file.path(),
                    "tensor " + WeightCheck.ROPE_FACTORS + " must have " + headWidth / 2 + " factors, but has "
                            + tensor.weights() + "; use another conversion of the model");
        }
        FloatBuffer values = FloatBuffer.allocate(headWidth / 2);
        Dequantizer.decode(tensor.type(), file.data(tensor), values);
        List<Double> factors = new ArrayList<>();
        for (float factor : values.array()) {
            factors.add((double) factor);
        }
        return factors;
    }

    private int optional(String key, int fallback, int least, int most) {
        return metadata.contains(prefix + key) ? metadata.integer(prefix + key, least, most) : fallback;
    }

    private static ModelFileException unsupported(GgufFile file, String problem) {
        return new ModelFileException(Code.UNSUPPORTED_ARCHITECTURE, file.path(), problem + "; use another model");
    }
}
