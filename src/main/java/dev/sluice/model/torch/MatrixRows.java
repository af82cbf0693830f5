package dev.sluice.model.torch;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Matrices of the file below one another as one, with rows of zeros behind them. One thread.
 *
 * @param parts the matrices; at least one, all of as many columns
 * @param padding rows of zeros
 */
record MatrixRows(List<RowReader> parts, int padding) {
    /** Weights of a row. */
    int columns() {
        return parts.get(0).columns();
    }

    /** All rows. */
    int rows() {
        return parts.stream().mapToInt(RowReader::rows).sum() + padding;
    }

    /** Decodes the rows from {@code from} to before {@code to} into the buffer's next places. */
    void read(int from, int to, FloatBuffer out) {
        int first = 0;
        for (RowReader part : parts) {
            for (int row = Math.max(from, first); row < Math.min(to, first + part.rows()); row++) {
                part.read(row - first, out);
            }
            first += part.rows();
        }
        for (int row = Math.max(from, first); row < to; row++) {
            for (int i = 0; i < columns(); i++) {
                out.put(0);
            }
        }
    }
}
