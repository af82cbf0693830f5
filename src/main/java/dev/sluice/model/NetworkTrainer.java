package dev.sluice.model;

import java.util.List;

/**
 * A small network while it is fitted by Adam. One owner, one thread.
 *
 * <p>On one machine the same state and the same batches give the same bits.
 */
public interface NetworkTrainer extends AutoCloseable {
    /** Makes trainers on some device. */
    @FunctionalInterface
    interface Factory {
        /** Goes on from a state; the caller closes the trainer. */
        NetworkTrainer start(State state, Settings settings);
    }

    /**
     * How a network is fitted.
     *
     * @param choices how many consecutive outputs are alternatives of one example: those of one row for a network that
     *     classifies; 2 for a network of one output whose rows come in pairs, which is the Bradley-Terry model
     * @param rate learning rate, above 0
     * @param decay share of each weight matrix that a step takes away, as a multiple of the learning rate; 0 for none
     */
    record Settings(int choices, double rate, double decay) {
        /** Checks the bounds. */
        public Settings {
            if (choices < 2 || !(rate > 0 && rate < 1) || !(decay >= 0 && decay < 1)) {
                throw new IllegalArgumentException("a fit needs at least 2 choices, a rate in (0, 1) and a decay in "
                        + "[0, 1), but was given " + choices + ", " + rate + " and " + decay);
            }
        }
    }

    /**
     * A point of a fit from which it can go on.
     *
     * @param network the parameters
     * @param first Adam's mean of the gradients
     * @param second Adam's mean of their squares
     * @param steps steps taken
     */
    record State(FeedForward network, FeedForward first, FeedForward second, int steps) {
        /** The beginning of a fit. */
        public static State of(FeedForward network) {
            return new State(network, network.zeros(), network.zeros(), 0);
        }
    }

    /**
     * Rows of one step.
     *
     * @param inputs one vector a row, each as wide as the network reads
     * @param labels the right choice of each example
     * @param weights what each example counts, at least 0, not all 0
     * @param dropout for each hidden layer, one factor a row and output, row by row; empty for no dropout
     */
    record Batch(float[][] inputs, int[] labels, float[] weights, List<float[]> dropout) {}

    /**
     * Takes one step against the gradient of the weighted mean cross-entropy.
     *
     * @return the loss before the step
     */
    double step(Batch batch);

    /** What the network gives for some rows as it is now, without dropout. */
    float[][] outputs(float[][] inputs);

    /** Outputs of each hidden layer. */
    int[] hidden();

    /** Copies the state to the host. */
    State state();

    @Override
    void close();
}
