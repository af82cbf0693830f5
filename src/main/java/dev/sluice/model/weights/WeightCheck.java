package dev.sluice.model.weights;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds a model's tensors against its shape: each that is computed with must be there with its dimensions, and no other
 * may be, since a tensor that nobody reads means that the model is another than it was taken for.
 */
public final class WeightCheck {
    /** The embedding, one row a token. */
    public static final String EMBEDDING = "token_embd.weight";
    /** The output matrix where it is not the embedding. */
    public static final String OUTPUT = "output.weight";
    /** Divisors of the rotary frequencies; read with the shape. */
    public static final String ROPE_FACTORS = "rope_freqs.weight";

    private WeightCheck() {}

    /** The name of a layer's tensor, such as {@code blk.7.attn_q.weight}. */
    public static String name(int layer, String part) {
        return "blk." + layer + "." + part;
    }

    /** Throws {@link ModelFileException} at the first tensor that is missing, of another shape, or unknown. */
    public static void verify(WeightSource source) {
        Map<String, List<Long>> wanted = wanted(source.shape());
        wanted.forEach((name, dimensions) -> {
            TensorInfo tensor = source.tensor(name);
            if (!tensor.dimensions().equals(dimensions)) {
                throw new ModelFileException(
                        Code.TENSOR,
                        source.path(),
                        "tensor " + name + " must have the dimensions " + dimensions + ", but has "
                                + tensor.dimensions() + "; use another conversion of the model");
            }
        });
        for (String name : source.tensors().keySet()) {
            if (!wanted.containsKey(name) && !name.equals(ROPE_FACTORS)) {
                throw new ModelFileException(
                        Code.TENSOR,
                        source.path(),
                        "tensor " + name + " is no part of a model of the family "
                                + source.shape().family() + "; use another model");
            }
        }
    }

    /** Dimensions by name, the fastest-running first. */
    private static Map<String, List<Long>> wanted(ModelShape shape) {
        Map<String, List<Long>> wanted = new LinkedHashMap<>();
        Family family = shape.family();
        long width = shape.width();
        long queries = shape.queryRows();
        long keys = shape.keyRows();
        long head = shape.headWidth();
        long inner = shape.inner();
        wanted.put(EMBEDDING, List.of(width, (long) shape.vocabulary()));
        for (int layer = 0; layer < shape.layers().size(); layer++) {
            wanted.put(name(layer, "attn_norm.weight"), List.of(width));
            wanted.put(name(layer, "attn_q.weight"), List.of(width, queries));
            wanted.put(name(layer, "attn_k.weight"), List.of(width, keys));
            wanted.put(name(layer, "attn_v.weight"), List.of(width, keys));
            wanted.put(name(layer, "attn_output.weight"), List.of(queries, width));
            wanted.put(name(layer, "ffn_norm.weight"), List.of(width));
            wanted.put(name(layer, "ffn_gate.weight"), List.of(width, inner));
            wanted.put(name(layer, "ffn_up.weight"), List.of(width, inner));
            wanted.put(name(layer, "ffn_down.weight"), List.of(inner, width));
            if (family.biases()) {
                wanted.put(name(layer, "attn_q.bias"), List.of(queries));
                wanted.put(name(layer, "attn_k.bias"), List.of(keys));
                wanted.put(name(layer, "attn_v.bias"), List.of(keys));
            }
            if (family.headNorms()) {
                wanted.put(name(layer, "attn_q_norm.weight"), List.of(head));
                wanted.put(name(layer, "attn_k_norm.weight"), List.of(head));
            }
            if (family.gemma()) {
                wanted.put(name(layer, "post_attention_norm.weight"), List.of(width));
                wanted.put(name(layer, "post_ffw_norm.weight"), List.of(width));
            }
        }
        wanted.put("output_norm.weight", List.of(width));
        if (!shape.storage().tied()) {
            wanted.put(OUTPUT, List.of(width, (long) shape.vocabulary()));
        }
        return wanted;
    }
}
