package dev.sluice.model.torch;

import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.KQuants;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Gives a matrix in groups of 32 weights, each as four-bit numbers {@code q}, a scale and an offset:
 * {@code w = scale·(q − 8) + offset}.
 *
 * <p>Four-bit blocks of the file come out as they are, {@link TensorType#Q4_K} too; a tensor of another type is quantised
 * between the least and the greatest weight of each group. One thread.
 */
final class FourBitBlocks {
    private static final int GROUP = 32;

    private final TensorType type;
    private final ByteBuffer data;
    private final int columns;
    private final float[] weights;
    private float scale;
    private float offset;

    /** Reads a tensor {@code [columns, rows]}. */
    FourBitBlocks(TensorInfo tensor, ByteBuffer data) {
        this.type = tensor.type();
        this.data = data;
        this.columns = Math.toIntExact(tensor.dimensions().get(0));
        this.weights = new float[columns];
    }

    /** Scale of the last group. */
    float scale() {
        return scale;
    }

    /** What 8 stands for in the last group. */
    float offset() {
        return offset;
    }

    /** Puts the numbers, 0 to 15, of a group of a row; groups of a row are asked for in order. */
    void read(int row, int group, IntBuffer out) {
        int start = (int) (row * type.bytes(columns));
        switch (type) {
            case Q4_0 -> {
                int block = start + group * type.blockBytes();
                scale = Dequantizer.half(data.getShort(block));
                offset = 0;
                nibbles(block + 2, out);
            }
            case Q4_1 -> {
                int block = start + group * type.blockBytes();
                scale = Dequantizer.half(data.getShort(block));
                offset = Dequantizer.half(data.getShort(block + 2)) + 8 * scale;
                nibbles(block + 4, out);
            }
            case Q4_K -> {
                int inBlock = group % (type.blockWeights() / GROUP);
                int block = start + group * GROUP / type.blockWeights() * type.blockBytes();
                scale = KQuants.scale(data, block, inBlock);
                offset = KQuants.offset(data, block, inBlock) + 8 * scale;
                for (int i = 0; i < GROUP; i++) {
                    out.put(KQuants.quantum(data, block, inBlock, i));
                }
            }
            default -> {
                if (group == 0) {
                    Dequantizer.decode(type, data.position(start), FloatBuffer.wrap(weights));
                }
                quantize(group * GROUP, out);
            }
        }
    }

    private void nibbles(int start, IntBuffer out) {
        for (int i = 0; i < GROUP / 2; i++) {
            out.put(data.get(start + i) & 15);
        }
        for (int i = 0; i < GROUP / 2; i++) {
            out.put((data.get(start + i) >> 4) & 15);
        }
    }

    private void quantize(int from, IntBuffer out) {
        float least = weights[from];
        float greatest = weights[from];
        for (int i = from; i < from + GROUP; i++) {
            least = Math.min(least, weights[i]);
            greatest = Math.max(greatest, weights[i]);
        }
        scale = (greatest - least) / 15;
        offset = least + 8 * scale;
        for (int i = from; i < from + GROUP; i++) {
            out.put(scale == 0 ? 8 : Math.max(0, Math.min(15, Math.round((weights[i] - least) / scale))));
        }
    }
}
