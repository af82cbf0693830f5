package dev.sluice.decode;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Log-probabilities of one row: raw log-softmax at temperature 1, before penalties and bias.
 *
 * @param chosen of the emitted token
 * @param tokens the most probable tokens that may be shown, descending, ties to the lowest id
 * @param logprobs of each of them
 */
public record Logprobs(double chosen, int[] tokens, double[] logprobs) {
    /**
     * Reads a row.
     *
     * @param raw raw logits, [vocabularySize]
     * @param token the emitted token
     * @param top alternatives wanted; fewer come where fewer may be shown
     * @param forbidden tokens that must not be shown: what a control or guard mask, a judge or a veto keeps out; asked
     *     from the most probable on
     */
    public static Logprobs of(float[] raw, int token, int top, IntPredicate forbidden) {
        double logSumExp = logSumExp(raw);
        int[] tokens = new int[top];
        double[] logprobs = new double[top];
        int count = 0;
        if (top > 0) {
            for (Ranking ranking = Ranking.byLogit(raw); count < top && !ranking.isEmpty(); ) {
                double logit = ranking.score();
                int next = ranking.pop();
                if (!forbidden.test(next)) {
                    tokens[count] = next;
                    logprobs[count++] = logit - logSumExp;
                }
            }
        }
        return new Logprobs(raw[token] - logSumExp, Arrays.copyOf(tokens, count), Arrays.copyOf(logprobs, count));
    }

    /** The logarithm of the sum of the exponentials of a row, added in the order of the tokens. */
    static double logSumExp(float[] row) {
        double highest = Double.NEGATIVE_INFINITY;
        for (float logit : row) {
            highest = Math.max(highest, logit);
        }
        double sum = 0;
        for (float logit : row) {
            sum += StrictMath.exp(logit - highest);
        }
        return highest + StrictMath.log(sum);
    }
}
