package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.ModelShape.Extents;
import dev.sluice.model.weights.ModelShape.Layer;
import dev.sluice.model.weights.ModelShape.Storage;
import dev.sluice.model.weights.Rope;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A model's shape as its {@code config.json} gives it.
 *
 * <p>A value that changes what is computed and has no undisputed default must be there; one that asks for something that is not
 * implemented is refused.
 */
final class HubConfig {
    private static final int MOST = 1 << 28;

    private final JsonSettings config;
    private final Family family;
    private final boolean mistral;

    private HubConfig(JsonSettings config) {
        this.config = config;
        String type = config.string("model_type", "none");
        mistral = type.equals("mistral");
        family = switch (type) {
            case "llama", "mistral" -> Family.LLAMA;
            case "qwen2" -> Family.QWEN2;
            case "qwen3" -> Family.QWEN3;
            case "smollm3" -> Family.SMOLLM3;
            case "gemma2" -> Family.GEMMA2;
            case "gemma3_text" -> Family.GEMMA3;
            default ->
                throw unsupported("the model is of the type " + type
                        + "; llama, mistral, qwen2, qwen3, smollm3, gemma2 and gemma3_text are supported");
        };
    }

    /** Reads the file; throws {@link ModelFileException}. */
    static HubConfig read(Path file) {
        HubConfig config = new HubConfig(JsonSettings.read(file));
        config.refuseWhatIsNotImplemented();
        return config;
    }

    /** The family. */
    Family family() {
        return family;
    }

    /** Whether the output matrix is the embedding, whatever is stored: as the file says, or as the family has it. */
    boolean tied() {
        return config.bool("tie_word_embeddings", family.gemma() || family == Family.SMOLLM3);
    }

    /** The shape, with these tensors. */
    ModelShape shape(Map<String, TensorInfo> tensors) {
        TensorInfo embedding = tensors.get(WeightCheck.EMBEDDING);
        int width = config.integer("hidden_size", 1, 1 << 16);
        int heads = config.integer("num_attention_heads", 1, 1024);
        boolean divided = family == Family.LLAMA || family == Family.QWEN2 || family == Family.SMOLLM3;
        int headWidth = config.has("head_dim") || !divided ? config.integer("head_dim", 2, 1024) : width / heads;
        Extents extents = new Extents(
                width,
                config.integer("intermediate_size", 1, 1 << 20),
                heads,
                !config.has("num_key_value_heads") && family == Family.LLAMA && !mistral
                        ? heads
                        : config.integer("num_key_value_heads", 1, heads),
                headWidth,
                embedding == null ? 0 : (int) Math.min(Integer.MAX_VALUE, embedding.weights() / width),
                config.integer("max_position_embeddings", 1, MOST),
                config.number("rms_norm_eps"));
        int layers = config.integer("num_hidden_layers", 1, 1024);
        HubLayers kinds = new HubLayers(config, family, mistral, layers);
        return new ModelShape(
                family,
                extents,
                kinds.layers(),
                ropes(headWidth, kinds.layers()),
                kinds.window(),
                1 / Math.sqrt(family.gemma() ? config.number("query_pre_attn_scalar") : headWidth),
                cap("attn_logit_softcapping"),
                cap("final_logit_softcapping"),
                new Storage(true, family.gemma() ? 1 : 0, tied()));
    }

    private double cap(String key) {
        return family.gemma() ? config.number(key, 0) : 0;
    }

    /** The rotary embeddings: the one of full attention first. */
    private List<Rope> ropes(int headWidth, List<Layer> layers) {
        int context = config.integer("max_position_embeddings", 1, MOST);
        if (family == Family.GEMMA3) {
            HubRope full = HubRope.of(config, family, "full_attention");
            HubRope local = config.has("rope_parameters")
                    ? HubRope.of(config, family, "sliding_attention")
                    : HubRope.plain(config, config.number("rope_local_base_freq"));
            return List.of(full.rope(headWidth, context), local.rope(headWidth, context));
        }
        Rope rope = HubRope.of(config, family, "full_attention").rope(headWidth, context);
        boolean second = layers.stream().anyMatch(layer -> layer.rope() > 0);
        return second ? List.of(rope, Rope.none(headWidth)) : List.of(rope);
    }

    private void refuseWhatIsNotImplemented() {
        if (config.has("quantization_config")) {
            throw unsupported("its weights are quantised (quantization_config), which is not supported in this format");
        }
        for (String key : List.of("attention_bias", "mlp_bias", "use_bidirectional_attention")) {
            if (config.bool(key, false)) {
                throw unsupported("it has " + key + ", which is not supported for the family " + family);
            }
        }
        if (config.number("partial_rotary_factor", 1) != 1) {
            throw unsupported("it turns a part of each head only (partial_rotary_factor), which is not supported");
        }
        String activation = family.gemma()
                ? config.string("hidden_activation", config.string("hidden_act", "gelu_pytorch_tanh"))
                : config.string("hidden_act", "silu");
        String implemented = family.gemma() ? "gelu_pytorch_tanh" : "silu";
        if (!activation.equals(implemented)) {
            throw unsupported("its activation is " + activation + ", but for the family " + family + " only "
                    + implemented + " is supported");
        }
    }

    private ModelFileException unsupported(String problem) {
        return new ModelFileException(Code.UNSUPPORTED_ARCHITECTURE, config.file(), problem + "; use another model");
    }
}
