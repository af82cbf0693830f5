package dev.sluice.model.torch;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The watched states of one lane's committed tokens, as far as this lane computed them and no published page holds their
 * sum. Sums run over one page in order, and over the pages in order, so that they depend on the tokens alone.
 */
final class WatchedStates {
    /** By position; null where a page knows the sum, or nobody does. */
    private final List<float @Nullable []> rows = new ArrayList<>();

    /** Adds the states behind the next token; null where they are not known. */
    void add(float @Nullable [] states) {
        rows.add(states);
    }

    /** Forgets the tokens from a position on. */
    void truncate(int length) {
        rows.subList(Math.min(length, rows.size()), rows.size()).clear();
    }

    /** The sum over a full page, whose rows are forgotten; null if one of them is not known. */
    double @Nullable [] fold(int page) {
        int first = page * KvPool.PAGE;
        double[] sum = sum(first, first + KvPool.PAGE);
        for (int position = first; position < first + KvPool.PAGE; position++) {
            rows.set(position, null);
        }
        return sum;
    }

    /** The sum over the positions from {@code first} to before {@code end}, within one page; null if one is not known. */
    double @Nullable [] sum(int first, int end) {
        double[] sum = null;
        for (int position = first; position < end; position++) {
            float[] row = rows.get(position);
            if (row == null) {
                return null;
            }
            sum = sum == null ? new double[row.length] : sum;
            for (int i = 0; i < row.length; i++) {
                sum[i] += row[i];
            }
        }
        return sum;
    }
}
