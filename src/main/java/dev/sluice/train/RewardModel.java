package dev.sluice.train;

import dev.sluice.model.FeedForward;
import java.util.Arrays;

/**
 * Scores an answer by the final-norm states behind its tokens: greater is better.
 *
 * @param network reads the mean state, or the mean and the last state one behind the other, by its width
 */
public record RewardModel(FeedForward network) {
    /** The score of an answer's states, at least one. */
    public double score(float[][] states) {
        float[] mean = mean(states);
        return network.apply(network.inputs() == mean.length ? mean : joined(mean, states[states.length - 1]))[0];
    }

    /** The mean of some states. */
    static float[] mean(float[][] states) {
        double[] sum = new double[states[0].length];
        for (float[] state : states) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += state[i];
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            mean[i] = (float) (sum[i] / states.length);
        }
        return mean;
    }

    /** Two vectors, one behind the other. */
    static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
