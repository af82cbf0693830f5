package dev.sluice.decode;

import java.util.Arrays;

/**
 * Gumbel noise as a pure function of seed, answer position and token.
 *
 * <p>The generator is counter-based. Seed and position are mixed into a starting point and an odd stride, one pair of
 * them an answer position; token {@code v} gets the point {@code start + (v + 1) * stride}, finalised by two rounds of
 * multiply and xor-shift (Stafford's "variant 13", as SplitMix64 uses it; Steele, Lea and Flood 2014 for the scheme of
 * start and stride). Distinct strides keep the sequences of different positions from overlapping. The top 53 bits
 * {@code b} give {@code u = (b + 0.5) / 2^53}, strictly between 0 and 1, and {@code G = -ln(-ln u)} in float64 by
 * {@link StrictMath}: the same bits on every machine.
 */
public final class KeyedNoise {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1.0p-53;

    /** Bits above this are heavy: 1 token in 48. */
    private static final long HEAVY = (1L << 53) - (1L << 53) / 48;

    private static final double BOUND = fromBits(HEAVY);

    private KeyedNoise() {}

    /** The noise of a token, between −3.7 and 37.5 nats. */
    public static double gumbel(long seed, long position, int token) {
        long key = key(seed, position);
        return fromBits(bits(key, stride(key), token));
    }

    /** The seed of choice {@code choice} of a request: its own for 0, a hash of both for the others. */
    public static long choiceSeed(long seed, int choice) {
        return choice == 0 ? seed : mix(mix(seed ^ 0x5851F42D4C957F2DL) + choice * GOLDEN);
    }

    /**
     * The tokens of a position whose noise is high, about 1 in 48, found by an integer comparison a token.
     *
     * @param vocabularySize tokens are 0 to {@code vocabularySize - 1}
     */
    public static NoiseTable heavy(long seed, long position, int vocabularySize) {
        long key = key(seed, position);
        long stride = stride(key);
        int[] tokens = new int[vocabularySize / 32 + 16];
        int count = 0;
        for (int token = 0; token < vocabularySize; token++) {
            if (bits(key, stride, token) > HEAVY) {
                if (count == tokens.length) {
                    tokens = Arrays.copyOf(tokens, 2 * count);
                }
                tokens[count++] = token;
            }
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = fromBits(bits(key, stride, tokens[i]));
        }
        return new NoiseTable(seed, position, Arrays.copyOf(tokens, count), values, BOUND);
    }

    private static long key(long seed, long position) {
        return mix(mix(seed + GOLDEN) ^ mix(position * GOLDEN + 0xD1B54A32D192ED03L));
    }

    private static long stride(long key) {
        return mix(key ^ 0xDA942042E4DD58B5L) | 1;
    }

    private static long bits(long key, long stride, int token) {
        return mix(key + (token + 1L) * stride) >>> 11;
    }

    private static double fromBits(long bits) {
        return -StrictMath.log(-StrictMath.log((bits + 0.5) * UNIT));
    }

    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
