package dev.sluice.decode;

/**
 * The noise of one answer position: a number a token, the same whatever the prefix.
 *
 * <p>This is the only randomness of the law. In production it is a {@link NoiseTable}; a test may script it and so
 * enumerate every outcome.
 */
public interface Noise {
    /** No noise: greedy decoding. */
    Noise NONE = new NoNoise();

    /** The noise of a token, in nats. */
    double of(int token);

    /** The tokens whose noise may exceed {@link #bound()}, ascending; what a {@code RowQuery} gathers. Shared. */
    int[] tokens();

    /** The noise of each of {@link #tokens()}. Shared. */
    double[] values();

    /** No token outside {@link #tokens()} has noise above this. */
    double bound();

    /** The noise of greedy decoding: 0 everywhere. */
    record NoNoise() implements Noise {
        private static final int[] TOKENS = {};
        private static final double[] VALUES = {};

        @Override
        public double of(int token) {
            return 0;
        }

        @Override
        public int[] tokens() {
            return TOKENS;
        }

        @Override
        public double[] values() {
            return VALUES;
        }

        @Override
        public double bound() {
            return 0;
        }
    }
}
