package dev.sluice.model.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** Turns stored weights into float32, exactly as the format defines them. */
public final class Dequantizer {
    private static final int BLOCK = 32;

    private Dequantizer() {}

    /**
     * Decodes weights from the buffer's position on, as many as {@code out} has room for.
     *
     * @param type how they are stored
     * @param in little-endian; its position moves behind the blocks read
     * @param out whole blocks; filled to its limit
     */
    public static void decode(TensorType type, ByteBuffer in, FloatBuffer out) {
        int blocks = out.remaining() / type.blockWeights();
        if (blocks * type.blockWeights() != out.remaining()) {
            throw new IllegalArgumentException("weights of type " + type + " are decoded in blocks of "
                    + type.blockWeights() + ", but " + out.remaining() + " were asked for");
        }
        switch (type) {
            case F32 -> {
                for (int i = 0; i < blocks; i++) {
                    out.put(in.getFloat());
                }
            }
            case F16 -> {
                for (int i = 0; i < blocks; i++) {
                    out.put(half(in.getShort()));
                }
            }
            case BF16 -> {
                for (int i = 0; i < blocks; i++) {
                    out.put(Float.intBitsToFloat(in.getShort() << 16));
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < blocks; i++) {
                    float scale = half(in.getShort());
                    for (int j = 0; j < BLOCK; j++) {
                        out.put(scale * in.get());
                    }
                }
            }
            case Q4_0 -> {
                for (int i = 0; i < blocks; i++) {
                    float scale = half(in.getShort());
                    nibbles(in, out, scale, -8 * scale);
                }
            }
            case Q4_1 -> {
                for (int i = 0; i < blocks; i++) {
                    float scale = half(in.getShort());
                    nibbles(in, out, scale, half(in.getShort()));
                }
            }
            case Q4_K -> {
                for (int i = 0; i < blocks; i++) {
                    KQuants.four(in, out);
                }
            }
            case Q5_K -> {
                for (int i = 0; i < blocks; i++) {
                    KQuants.five(in, out);
                }
            }
            case Q6_K -> {
                for (int i = 0; i < blocks; i++) {
                    KQuants.six(in, out);
                }
            }
        }
    }

    /** Sixteen bytes: the low halves are the first sixteen weights, the high halves the others. */
    private static void nibbles(ByteBuffer in, FloatBuffer out, float scale, float offset) {
        int start = in.position();
        for (int j = 0; j < BLOCK / 2; j++) {
            out.put(scale * (in.get(start + j) & 15) + offset);
        }
        for (int j = 0; j < BLOCK / 2; j++) {
            out.put(scale * ((in.get(start + j) >> 4) & 15) + offset);
        }
        in.position(start + BLOCK / 2);
    }

    /** An IEEE half as a float, subnormals, infinities and NaN included. */
    public static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = (bits >> 10) & 31;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int wide = exponent == 31 ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }
}
