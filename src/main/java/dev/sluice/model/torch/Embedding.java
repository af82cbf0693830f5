package dev.sluice.model.torch;

import dev.sluice.model.gguf.Dequantizer;
import dev.sluice.model.gguf.TensorInfo;
import dev.sluice.model.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** The token embedding as the file stores it, on the heap; rows are decoded when asked for. */
final class Embedding {
    private final TensorType type;
    private final ByteBuffer rows;
    private final int rowBytes;

    /** Copies the tensor {@code [width, tokens]}. */
    Embedding(TensorInfo tensor, ByteBuffer data) {
        type = tensor.type();
        rows = ByteBuffer.allocate(data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        rows.put(data.duplicate()).flip();
        rowBytes = rows.limit() / Math.toIntExact(tensor.dimensions().get(1));
    }

    /** Decodes a token's row into the buffer's next {@code width} places. */
    void row(int token, FloatBuffer out, int width) {
        FloatBuffer target = out.slice(out.position(), width);
        rows.position(token * rowBytes);
        Dequantizer.decode(type, rows, target);
        out.position(out.position() + width);
    }
}
