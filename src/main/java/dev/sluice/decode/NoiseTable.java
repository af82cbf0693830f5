package dev.sluice.decode;

/**
 * The keyed noise of one answer position, with its heavy tokens worked out.
 *
 * @param seed seed of the choice
 * @param position answer tokens before this one
 * @param tokens the tokens with noise above {@code bound}, ascending; shared
 * @param values noise of each of them; shared
 * @param bound no token outside has noise above it
 */
public record NoiseTable(long seed, long position, int[] tokens, double[] values, double bound) implements Noise {
    @Override
    public double of(int token) {
        return KeyedNoise.gumbel(seed, position, token);
    }
}
