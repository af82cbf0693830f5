package dev.sluice.model.weights;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/**
 * What an adapter adds to a matrix (LoRA; Hu et al., 2021): {@code W + scale · up · down}.
 *
 * @param file where the factors are stored, for messages
 * @param down the first factor, {@code [columns, rank]}
 * @param up the second factor, {@code [rank, rows]}; rows in the order of model hubs
 * @param scale factor of the product
 */
public record LowRankUpdate(Path file, Factor down, Factor up, float scale) {
    /**
     * One of the two factors.
     *
     * @param tensor what it is, under the name of its file
     * @param data its bytes, little-endian
     */
    public record Factor(TensorInfo tensor, ByteBuffer data) {}

    /** Reads both factors into the heap; throws {@link ModelFileException} where one holds a number that is not finite. */
    Factors read() {
        return new Factors(this, values(down), values(up));
    }

    private float[] values(Factor factor) {
        TensorInfo tensor = factor.tensor();
        float[] values = new float[Math.toIntExact(tensor.weights())];
        ByteBuffer data = factor.data().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        Dequantizer.decode(tensor.type(), data, FloatBuffer.wrap(values));
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new ModelFileException(
                        Code.MALFORMED,
                        file,
                        "tensor " + tensor.name() + " must hold finite numbers, but number " + i + " is " + values[i]
                                + "; fetch the adapter again, or train it at a lower rate");
            }
        }
        return values;
    }

    /** The factors of an update, decoded; safe for use by several threads. */
    static final class Factors {
        private final LowRankUpdate update;
        private final float[] down;
        private final float[] up;
        private final int rank;

        private Factors(LowRankUpdate update, float[] down, float[] up) {
            this.update = update;
            this.down = down;
            this.up = up;
            this.rank = Math.toIntExact(update.up.tensor().dimensions().get(0));
        }

        /** Adds a row of the scaled product, in single precision, to that row of the matrix. */
        void addTo(float[] weights, int row) {
            float[] product = new float[weights.length];
            for (int r = 0; r < rank; r++) {
                float factor = up[row * rank + r];
                int from = r * weights.length;
                for (int c = 0; c < weights.length; c++) {
                    product[c] += factor * down[from + c];
                }
            }
            for (int c = 0; c < weights.length; c++) {
                float sum = weights[c] + update.scale * product[c];
                if (!Float.isFinite(sum) && Float.isFinite(weights[c])) {
                    throw new ModelFileException(
                            Code.MALFORMED,
                            update.file,
                            "tensor " + update.up.tensor().name()
                                    + " gives a weight beyond single precision in row " + row
                                    + "; fetch the adapter again, or lower lora_alpha");
                }
                weights[c] = sum;
            }
        }
    }
}
