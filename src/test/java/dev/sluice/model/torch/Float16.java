package dev.sluice.model.torch;

import dev.sluice.model.weights.Dequantizer;

/** Half-precision numbers, for files that tests write. */
final class Float16 {
    private Float16() {}

    /** The bits of the nearest half, of a number that is no NaN and neither tiny nor huge. */
    static short bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7fffffff;
        if (magnitude < 0x38800000) {
            return (short) (sign | Math.round(Math.abs(value) * 0x1p24f));
        }
        int rounded = magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000;
        return (short) (sign | rounded >> 13);
    }

    static float value(short bits) {
        return Dequantizer.half(bits);
    }
}
