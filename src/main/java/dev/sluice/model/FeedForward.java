package dev.sluice.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small network over one vector: perhaps a layer norm, then linear layers with ReLU between them. Immutable; its arrays
 * are shared and not to be written to.
 *
 * @param norm what is applied first, or null
 * @param layers in order, each as wide as the one before gives; at least one
 */
public record FeedForward(@Nullable Norm norm, List<Linear> layers) {
    /** Added to the variance of a layer norm. */
    public static final double EPSILON = 1e-5;

    /** Checks that the sizes fit together. */
    public FeedForward {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("a network has at least one linear layer, but was given none");
        }
        int width = layers.get(0).inputs();
        if (norm != null && (norm.weight().length != width || norm.bias().length != width)) {
            throw new IllegalArgumentException("the norm of a network that reads " + width
                    + " numbers has as many weights and biases, but has " + norm.weight().length + " and "
                    + norm.bias().length);
        }
        for (Linear layer : layers) {
            if (layer.inputs() != width || layer.weight().length != width * layer.outputs()) {
                throw new IllegalArgumentException("a layer behind " + width + " numbers with " + layer.outputs()
                        + " outputs has " + width * layer.outputs() + " weights, but has " + layer.weight().length);
            }
            width = layer.outputs();
        }
    }

    /**
     * A layer norm.
     *
     * @param weight one a number
     * @param bias one a number
     */
    public record Norm(float[] weight, float[] bias) {}

    /**
     * A linear layer.
     *
     * @param weight {@code [outputs, inputs]}, row by row
     * @param bias one an output
     */
    public record Linear(float[] weight, float[] bias) {
        /** Numbers it gives. */
        public int outputs() {
            return bias.length;
        }

        /** Numbers it reads. */
        public int inputs() {
            return weight.length / bias.length;
        }
    }

    /** Numbers it reads. */
    public int inputs() {
        return layers.get(0).inputs();
    }

    /** Numbers it gives. */
    public int outputs() {
        return layers.get(layers.size() - 1).outputs();
    }

    /** A network of the same sizes whose every parameter is 0. */
    public FeedForward zeros() {
        Norm none = norm == null ? null : new Norm(new float[norm.weight().length], new float[norm.bias().length]);
        return new FeedForward(
                none,
                layers.stream()
                        .map(layer -> new Linear(new float[layer.weight().length], new float[layer.bias().length]))
                        .toList());
    }

    /** Its parameters in order: weight and bias of the norm where there is one, then of each layer; not copied. */
    public List<float[]> parameters() {
        List<float[]> all = new ArrayList<>();
        if (norm != null) {
            all.add(norm.weight());
            all.add(norm.bias());
        }
        for (Linear layer : layers) {
            all.add(layer.weight());
            all.add(layer.bias());
        }
        return all;
    }

    /** What it gives for one vector, on the host: sums in float64, in order, so that the bits are everywhere the same. */
    public float[] apply(float[] vector) {
        if (vector.length != inputs()) {
            throw new IllegalArgumentException(
                    "the network reads " + inputs() + " numbers, but was given " + vector.length);
        }
        float[] x = norm == null ? vector : normed(norm, vector);
        for (int i = 0; i < layers.size(); i++) {
            x = linear(layers.get(i), x, i + 1 < layers.size());
        }
        return x;
    }

    private static float[] normed(Norm norm, float[] vector) {
        double mean = 0;
        for (float one : vector) {
            mean += one;
        }
        mean /= vector.length;
        double variance = 0;
        for (float one : vector) {
            variance += (one - mean) * (one - mean);
        }
        double scale = 1 / Math.sqrt(variance / vector.length + EPSILON);
        float[] out = new float[vector.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) ((vector[i] - mean) * scale * norm.weight()[i] + norm.bias()[i]);
        }
        return out;
    }

    private static float[] linear(Linear layer, float[] x, boolean rectified) {
        float[] out = new float[layer.outputs()];
        for (int row = 0; row < out.length; row++) {
            double sum = layer.bias()[row];
            int at = row * x.length;
            for (int i = 0; i < x.length; i++) {
                sum += (double) layer.weight()[at + i] * x[i];
            }
            out[row] = (float) (rectified ? Math.max(0, sum) : sum);
        }
        return out;
    }
}
