package dev.sluice.model.torch;

import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightSource;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How the weights are held, and what is multiplied. The residual stream and attention are float32 in each. */
public enum Precision {
    /**
     * The file's own bits on a cpu: {@link #INT4} for four, {@link #INT8} for five to eight, {@link #FLOAT16} or
     * {@link #BFLOAT16} for sixteen, else {@link #FLOAT32}; {@link #BFLOAT16} on an accelerator.
     */
    AUTO,
    /** Single precision throughout. */
    FLOAT32,
    /** Rows of signed bytes with one scale each; activations in bfloat16. */
    INT8,
    /** Groups of 32 four-bit weights with a scale and an offset; activations in bfloat16, output matrix as {@link #INT8}. */
    INT4,
    /** Weights and activations in bfloat16. */
    BFLOAT16,
    /** Weights in half precision, activations and arithmetic in single precision. */
    FLOAT16;

    /** This precision, or what {@link #AUTO} stands for with these weights: the type most weights of the layers have. */
    Precision chosenFor(WeightSource source, boolean cpu) {
        if (this != AUTO) {
            return this;
        }
        if (!cpu) {
            return BFLOAT16;
        }
        Map<Precision, Long> weights = new TreeMap<>();
        for (TensorInfo tensor : source.tensors().values()) {
            if (tensor.name().startsWith("blk.")) {
                weights.merge(own(tensor), tensor.weights(), Long::sum);
            }
        }
        return weights.entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry::getValue))
                .orElseThrow()
                .getKey();
    }

    /** The precision of the output matrix. */
    Precision ofOutput() {
        return this == INT4 ? INT8 : this;
    }

    private static Precision own(TensorInfo tensor) {
        return switch (tensor.type()) {
            case Q4_0, Q4_1, Q4_K -> INT4;
            case Q8_0, Q5_K, Q6_K -> INT8;
            case F16 -> FLOAT16;
            case BF16 -> BFLOAT16;
            case F32 -> FLOAT32;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
