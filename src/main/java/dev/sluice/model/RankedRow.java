package dev.sluice.model;

import org.jspecify.annotations.Nullable;

/**
 * The best candidates of one row, after the edits of its {@link RowQuery} and divided by its temperature.
 *
 * @param best the K highest edited logits without the guard's mask, descending; equal ones in no particular order, and
 *     which of several equal to the last are here is not said
 * @param logSumExp log of the sum of the exponentials of the whole edited row without the guard's mask, float32
 * @param gathered edited logits of {@link RowQuery#gather()}, in its order, without the guard's mask
 * @param allowed as {@code best}, of the tokens the mask does not forbid; null where the query had no mask
 */
public record RankedRow(
        Candidates best,
        float logSumExp,
        float[] gathered,
        @Nullable Candidates allowed) {

    /** Throws where the model returned NaN somewhere in the row. */
    public void requireNumbers() {
        if (Float.isNaN(logSumExp)) {
            throw new IllegalStateException("the model returned a row that holds NaN");
        }
    }

    /**
     * Tokens with their edited logits, descending.
     *
     * @param tokens the tokens
     * @param logits their edited logits; −∞ entries are padding
     */
    public record Candidates(int[] tokens, float[] logits) {}
}
