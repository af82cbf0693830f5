package dev.sluice.train;

import java.util.Arrays;

/**
 * What a network learns from, or is tried on. The arrays are shared and not to be written to.
 *
 * @param inputs vectors, the same number for each example, one behind the other
 * @param labels the right choice of each example
 * @param weights what each example counts, at least 0
 */
public record Examples(float[][] inputs, int[] labels, float[] weights) {
    /** Checks the lengths. */
    public Examples {
        if (labels.length == 0 || inputs.length % labels.length != 0 || inputs.length == 0) {
            throw new IllegalArgumentException("examples need as many vectors each, at least one, but there are "
                    + inputs.length + " vectors for " + labels.length + " labels");
        }
        if (weights.length != labels.length) {
            throw new IllegalArgumentException(
                    "examples need one weight each, but there are " + weights.length + " for " + labels.length);
        }
    }

    /** Pairs whose first vector is to be preferred, each counting 1: what a Bradley-Terry model learns from. */
    public static Examples pairs(float[][] inputs) {
        float[] weights = new float[inputs.length / 2];
        Arrays.fill(weights, 1);
        return new Examples(inputs, new int[weights.length], weights);
    }

    /** Vectors with their classes, each class counting as much as every other. */
    public static Examples balanced(float[][] inputs, int[] labels) {
        int[] counts = new int[Arrays.stream(labels).max().orElse(0) + 1];
        for (int label : labels) {
            counts[label]++;
        }
        float[] weights = new float[labels.length];
        for (int i = 0; i < labels.length; i++) {
            weights[i] = (float) labels.length / counts.length / counts[labels[i]];
        }
        return new Examples(inputs, labels, weights);
    }

    /** Number of examples. */
    public int size() {
        return labels.length;
    }

    /** Vectors of one example. */
    int vectors() {
        return inputs.length / labels.length;
    }

    /** Some of them, in the given order. */
    public Examples select(int[] chosen) {
        int each = vectors();
        float[][] rows = new float[chosen.length * each][];
        int[] some = new int[chosen.length];
        float[] counts = new float[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(inputs, chosen[i] * each, rows, i * each, each);
            some[i] = labels[chosen[i]];
            counts[i] = weights[chosen[i]];
        }
        return new Examples(rows, some, counts);
    }
}
