package dev.sluice.model.torch;

/** PyTorch's numbers for the types of numbers, and what Java lacks of bfloat16. */
final class Numbers {
    /** Signed bytes. */
    static final int INT8 = 1;
    /** IEEE 754 half precision. */
    static final int FLOAT16 = 5;
    /** IEEE 754 single precision. */
    static final int FLOAT32 = 6;
    /** The upper half of single precision. */
    static final int BFLOAT16 = 15;

    private Numbers() {}

    /** The nearest bfloat16, ties to even. */
    static float bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
}
