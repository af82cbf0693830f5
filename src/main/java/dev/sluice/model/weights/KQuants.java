package dev.sluice.model.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Decodes blocks of 256 weights whose groups have scales of their own, themselves quantised under one half-precision
 * scale of the block: the types {@link TensorType#Q4_K}, {@link TensorType#Q5_K} and {@link TensorType#Q6_K}.
 *
 * <p>A block of the first two is: scale and offset scale as halves; twelve bytes with eight six-bit scales and eight six-bit
 * offsets; with five bits, 32 bytes that hold the fifth bit of weight {@code i} of group {@code g} as bit {@code g} of
 * byte {@code i}; then for each pair of groups 32 bytes, the first group in their low halves. A block of the third is: 128
 * bytes of low halves, 64 of two-bit upper parts, sixteen scales, the block's scale.
 */
public final class KQuants {
    /** Weights of a group of the four- and five-bit types. */
    public static final int GROUP = 32;

    private static final int GROUPS = 8;
    private static final int SCALES = 4;
    private static final int QUANTA = 16;

    private KQuants() {}

    /** The factor {@code d·s} of a group of a block of four or five bits that begins at that byte. */
    public static float scale(ByteBuffer in, int block, int group) {
        return Dequantizer.half(in.getShort(block)) * sixBits(in, block, group, 0);
    }

    /** What is added to each weight of that group: {@code −m·t}. */
    public static float offset(ByteBuffer in, int block, int group) {
        return -(Dequantizer.half(in.getShort(block + 2)) * sixBits(in, block, group, 4));
    }

    /** The four-bit number of a weight of a group of a block of four bits. */
    public static int quantum(ByteBuffer in, int block, int group, int weight) {
        return half(in.get(block + QUANTA + group / 2 * GROUP + weight), group % 2);
    }

    static void four(ByteBuffer in, FloatBuffer out) {
        int block = in.position();
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(in, block, group);
            float offset = offset(in, block, group);
            for (int i = 0; i < GROUP; i++) {
                out.put(scale * quantum(in, block, group, i) + offset);
            }
        }
        in.position(block + TensorType.Q4_K.blockBytes());
    }

    static void five(ByteBuffer in, FloatBuffer out) {
        int block = in.position();
        int upper = block + QUANTA;
        for (int group = 0; group < GROUPS; group++) {
            float scale = scale(in, block, group);
            float offset = offset(in, block, group);
            for (int i = 0; i < GROUP; i++) {
                int low = half(in.get(upper + GROUP + group / 2 * GROUP + i), group % 2);
                int high = in.get(upper + i) >> group & 1;
                out.put(scale * (low + 16 * high) + offset);
            }
        }
        in.position(block + TensorType.Q5_K.blockBytes());
    }

    static void six(ByteBuffer in, FloatBuffer out) {
        int block = in.position();
        float factor = Dequantizer.half(in.getShort(block + 208));
        for (int i = 0; i < 256; i++) {
            int part = i / 128;
            int quarter = i % 128 / 32;
            int place = i % 32;
            int low = half(in.get(block + part * 64 + quarter % 2 * 32 + place), quarter / 2);
            int high = in.get(block + 128 + part * 32 + place) >> (2 * quarter) & 3;
            out.put(factor * in.get(block + 192 + i / 16) * (low + 16 * high - 32));
        }
        in.position(block + TensorType.Q6_K.blockBytes());
    }

    /** The scale (kind 0) or offset (kind 4) of a group: the last four have their upper two bits with the first four. */
    private static int sixBits(ByteBuffer in, int block, int group, int kind) {
        int scales = block + SCALES;
        if (group < 4) {
            return in.get(scales + kind + group) & 63;
        }
        int low = half(in.get(scales + 4 + group), kind / 4);
        return low | (in.get(scales + kind + group - 4) & 0xc0) >> 2;
    }

    private static int half(byte both, int which) {
        return both >> (4 * which) & 15;
    }
}
