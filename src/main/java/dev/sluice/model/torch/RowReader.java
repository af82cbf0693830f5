package dev.sluice.model.torch;

import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.Rope;
import dev.sluice.model.weights.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Decodes rows of a matrix, in the order that the module's text wants: the rows of a head that are turned together lie next
 * to each other there. One thread.
 */
final class RowReader {
    private final TensorInfo tensor;
    private final ByteBuffer data;
    private final int columns;
    private final int rows;
    /** Width of a head whose rows come in halves, or 0 where rows come as they lie. */
    private final int halvedHead;

    /** Reads a tensor {@code [columns, rows]}, or {@code [rows]} as one column. */
    RowReader(TensorInfo tensor, ByteBuffer data, int halvedHead) {
        this.tensor = tensor;
        this.data = data;
        boolean matrix = tensor.dimensions().size() > 1;
        this.columns = matrix ? Math.toIntExact(tensor.dimensions().get(0)) : 1;
        this.rows = Math.toIntExact(tensor.weights() / columns);
        this.halvedHead = halvedHead;
    }

    /** Name of the tensor. */
    String name() {
        return tensor.name();
    }

    /** Weights of a row. */
    int columns() {
        return columns;
    }

    /** Number of rows. */
    int rows() {
        return rows;
    }

    /** Bytes of the tensor. */
    long bytes() {
        return tensor.byteLength();
    }

    /** The same tensor in groups of four-bit numbers; rows as the file has them. */
    FourBitBlocks fourBit() {
        return new FourBitBlocks(tensor, data);
    }

    /** The row of the file that is the given one of the matrix. */
    int source(int row) {
        return halvedHead == 0 ? row : Rope.halvedRow(row, halvedHead);
    }

    /** Decodes a row into the buffer's next places. */
    void read(int row, FloatBuffer out) {
        FloatBuffer target = out.slice(out.position(), columns);
        data.position((int) (source(row) * tensor.type().bytes(columns)));
        Dequantizer.decode(tensor.type(), data, target);
        out.position(out.position() + columns);
    }
}
