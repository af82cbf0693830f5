package dev.sluice.model.gguf;

import dev.sluice.model.weights.TensorType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes GGUF bytes field by field, well-formed or not. */
public final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public static GgufBytes header(int version, long tensors, long entries) {
        GgufBytes bytes = new GgufBytes();
        bytes.out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        return bytes.int32(version).int64(tensors).int64(entries);
    }

    public GgufBytes int8(int value) {
        out.write(value);
        return this;
    }

    public GgufBytes int16(int value) {
        return int8(value).int8(value >> 8);
    }

    public GgufBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    public GgufBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    public GgufBytes float32(float value) {
        return int32(Float.floatToRawIntBits(value));
    }

    public GgufBytes string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    public GgufBytes entry(String key, int type) {
        return string(key).int32(type);
    }

    public GgufBytes array(String key, int elementType, long count) {
        return entry(key, 9).int32(elementType).int64(count);
    }

    public GgufBytes tensor(String name, TensorType type, long offset, long... dimensions) {
        string(name).int32(dimensions.length);
        for (long dimension : dimensions) {
            int64(dimension);
        }
        return int32(type.id()).int64(offset);
    }

    public GgufBytes align(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    /** The bytes, with so many zeros behind them. */
    public byte[] bytes(int zeros) {
        return Arrays.copyOf(bytes(), out.size() + zeros);
    }

    public byte[] bytes() {
        return out.toByteArray();
    }
}
