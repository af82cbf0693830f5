package dev.sluice.model;

import java.util.Arrays;
import java.util.List;

/**
 * The rows of one forward pass, on the device until asked for: one row of logits a wanted node, in the order of the
 * segments and, within each, of its nodes.
 */
public interface Pass extends AutoCloseable {
    /** Number of rows. */
    int rows();

    /**
     * Applies the eager edits of every row on the device and returns the best candidates of each: one transfer.
     *
     * @param queries one a row
     */
    List<RankedRow> rank(List<RowQuery> queries);

    /** The raw logits of a row, [vocabularySize], copied to the host. */
    float[] logits(int row);

    /** The raw logits of some tokens of a row, in their order, copied to the host. */
    default float[] logits(int row, int[] tokens) {
        float[] all = logits(row);
        float[] some = new float[tokens.length];
        for (int i = 0; i < some.length; i++) {
            some[i] = all[tokens[i]];
        }
        return some;
    }

    /** The final-norm hidden state of a row, [width], copied to the host. */
    float[] hidden(int row);

    /**
     * What a small network gives for the final-norm hidden state of every row, in float32. A device does it in one call,
     * keeps the network's weights, and gives for a row the same bits whatever the others are.
     *
     * @return [rows][outputs]
     */
    default float[][] apply(FeedForward network) {
        float[][] out = new float[rows()][];
        Arrays.setAll(out, row -> network.apply(hidden(row)));
        return out;
    }

    /** Frees the rows. Idempotent. */
    @Override
    void close();
}
