package dev.sluice.model.torch;

import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** The token embedding as the file stores it, outside the heap, freed once nobody refers to it; rows are decoded, and scaled, when asked for. */
final class Embedding {
    private final TensorType type;
    private final ByteBuffer rows;
    private final int rowBytes;
    private final float scale;

    /**
     * Copies the tensor {@code [width, tokens]}.
     *
     * @param scale factor of each weight
     */
    Embedding(TensorInfo tensor, ByteBuffer data, float scale) {
        this.scale = scale;
        type = tensor.type();
        rows = ByteBuffer.allocateDirect(data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        rows.put(data.duplicate()).flip();
        rowBytes = rows.limit() / Math.toIntExact(tensor.dimensions().get(1));
    }

    /** Decodes a token's row into the buffer's next {@code width} places. */
    void row(int token, FloatBuffer out, int width) {
        FloatBuffer target = out.slice(out.position(), width);
        rows.position(token * rowBytes);
        Dequantizer.decode(type, rows, target);
        for (int i = 0; scale != 1 && i < width; i++) {
            target.put(i, target.get(i) * scale);
        }
        out.position(out.position() + width);
    }
}
