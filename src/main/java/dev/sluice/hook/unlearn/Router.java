package dev.sluice.hook.unlearn;

import dev.sluice.model.FeedForward;

/**
 * A trained network that tells from what the model made of a prompt whether it is about what is to be forgotten.
 *
 * @param fingerprint digest of the model it was trained for, as {@link dev.sluice.model.ModelDescription#fingerprint}
 * @param precision of that model when it was trained
 * @param network reads the mean hidden state of the prompt and gives two numbers: for "other" and for "to be forgotten"
 * @param layer the block behind which it reads, from 1
 * @param threshold a prompt is flagged where the second probability is greater, in [0, 1)
 */
public record Router(String fingerprint, String precision, FeedForward network, int layer, double threshold) {
    /** Checks the network's shape. */
    public Router {
        if (network.outputs() != 2) {
            throw new IllegalArgumentException(
                    "a router gives two numbers, but this network gives " + network.outputs());
        }
        if (!(threshold >= 0 && threshold < 1)) {
            throw new IllegalArgumentException(
                    "a router's threshold is at least 0 and less than 1, but is " + threshold);
        }
    }

    /**
     * The probability that a prompt is about what is to be forgotten.
     *
     * @param mean the mean hidden state, {@code [width]}
     * @throws IllegalStateException if it is no number
     */
    public double probability(float[] mean) {
        float[] scores = network.apply(mean);
        double probability = 1 / (1 + Math.exp((double) scores[0] - scores[1]));
        if (Double.isNaN(probability)) {
            throw new IllegalStateException("the router gave no number for a prompt");
        }
        return probability;
    }
}
