package dev.sluice.model.weights;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A rotary embedding: pair {@code i} of a head at position {@code t} is turned by {@code t · frequencies[i]} and made
 * {@code magnitude} times as long.
 *
 * @param frequencies one a pair of a head, in radians a position
 * @param magnitude factor of queries and of keys; 1 but for YaRN
 */
public record Rope(List<Double> frequencies, double magnitude) {
    public Rope {
        frequencies = List.copyOf(frequencies);
    }

    /** The plain embedding: {@code base} to the power of {@code −2i / headWidth}. */
    public static Rope plain(double base, int headWidth) {
        return of(IntStream.range(0, headWidth / 2).mapToDouble(i -> Math.pow(base, -2.0 * i / headWidth)), 1);
    }

    /** The embedding that turns nothing. */
    public static Rope none(int headWidth) {
        return of(DoubleStream.generate(() -> 0).limit(headWidth / 2), 1);
    }

    /** Positions that run slower by a factor. */
    public Rope linear(double factor) {
        return of(frequencies.stream().mapToDouble(f -> f / factor), magnitude);
    }

    /** Frequencies divided by factors of their own. */
    public Rope dividedBy(List<Double> factors) {
        return of(
                IntStream.range(0, frequencies.size()).mapToDouble(i -> frequencies.get(i) / factors.get(i)),
                magnitude);
    }

    /**
     * The scaling of Llama 3.1: long waves run slower by a factor, short ones as before, those between in part.
     *
     * @param factor how much longer the context is
     * @param low waves longer than {@code original / low} positions are long
     * @param high waves shorter than {@code original / high} positions are short
     * @param original the context before
     */
    public Rope llama3(double factor, double low, double high, double original) {
        return of(
                frequencies.stream().mapToDouble(f -> {
                    double turns = original * f / (2 * Math.PI);
                    double kept = Math.max(0, Math.min(1, (turns - low) / (high - low)));
                    return f * (kept + (1 - kept) / factor);
                }),
                magnitude);
    }

    /**
     * YaRN (Peng et al., 2023): pairs that turn seldom within the original context run slower, those that turn often as
     * before, and a ramp over the pairs lies between.
     *
     * @param factor how much longer the context is
     * @param original the context before
     * @param base of the plain embedding
     * @param fast turns from which on a pair runs as before
     * @param slow turns up to which a pair runs slower
     * @param truncate whether the ramp begins and ends at whole pairs
     * @param magnitude factor of queries and keys
     */
    public Rope yarn(
            double factor, double original, double base, double fast, double slow, boolean truncate, double magnitude) {
        int pairs = frequencies.size();
        double begin = pairOfTurns(fast, original, base, pairs);
        double end = pairOfTurns(slow, original, base, pairs);
        double first = Math.max(0, truncate ? Math.floor(begin) : begin);
        double last = Math.min(2.0 * pairs - 1, truncate ? Math.ceil(end) : end);
        double length = Math.max(0.001, last - first);
        return of(
                IntStream.range(0, pairs).mapToDouble(i -> {
                    double slowed = Math.max(0, Math.min(1, (i - first) / length));
                    return frequencies.get(i) * (1 - slowed + slowed / factor);
                }),
                magnitude);
    }

    /** The length that YaRN gives queries and keys unless the model says otherwise. */
    public static double yarnMagnitude(double factor) {
        return factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1;
    }

    /**
     * The row, where a head has its two halves behind one another, that is the given one where rows that are turned together
     * lie next to each other.
     */
    public static int halvedRow(int row, int headWidth) {
        int within = row % headWidth;
        return row - within + within % 2 * (headWidth / 2) + within / 2;
    }

    private static double pairOfTurns(double turns, double original, double base, int pairs) {
        return pairs * Math.log(original / (turns * 2 * Math.PI)) / Math.log(base);
    }

    private static Rope of(DoubleStream frequencies, double magnitude) {
        return new Rope(frequencies.boxed().toList(), magnitude);
    }
}
