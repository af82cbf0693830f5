package dev.sluice.model.torch;

import dev.sluice.model.gguf.Dequantizer;
import dev.sluice.model.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * Walks a tensor in groups of 32 weights and gives each as four-bit numbers {@code q}, a scale and an offset:
 * {@code w = scale·(q − 8) + offset}.
 *
 * <p>Four-bit blocks of the file come out as they are; a tensor of another type is quantised between the least and the
 * greatest weight of each group.
 */
final class FourBitBlocks {
    private static final int GROUP = 32;

    private final TensorType type;
    private final ByteBuffer data;
    private final float[] group = new float[GROUP];
    private float scale;
    private float offset;

    FourBitBlocks(TensorType type, ByteBuffer data) {
        this.type = type;
        this.data = data;
    }

    /** Scale of the last group. */
    float scale() {
        return scale;
    }

    /** What 8 stands for in the last group. */
    float offset() {
        return offset;
    }

    /** Puts the next group's numbers, 0 to 15. */
    void next(IntBuffer out) {
        switch (type) {
            case Q4_0 -> {
                scale = Dequantizer.half(data.getShort());
                offset = 0;
                nibbles(out);
            }
            case Q4_1 -> {
                scale = Dequantizer.half(data.getShort());
                offset = Dequantizer.half(data.getShort()) + 8 * scale;
                nibbles(out);
            }
            default -> quantize(out);
        }
    }

    private void nibbles(IntBuffer out) {
        int start = data.position();
        for (int i = 0; i < GROUP / 2; i++) {
            out.put(data.get(start + i) & 15);
        }
        for (int i = 0; i < GROUP / 2; i++) {
            out.put((data.get(start + i) >> 4) & 15);
        }
        data.position(start + GROUP / 2);
    }

    private void quantize(IntBuffer out) {
        Dequantizer.decode(type, data, FloatBuffer.wrap(group));
        float least = group[0];
        float greatest = group[0];
        for (float weight : group) {
            least = Math.min(least, weight);
            greatest = Math.max(greatest, weight);
        }
        scale = (greatest - least) / 15;
        offset = least + 8 * scale;
        for (float weight : group) {
            out.put(scale == 0 ? 8 : Math.max(0, Math.min(15, Math.round((weight - least) / scale))));
        }
    }
}
