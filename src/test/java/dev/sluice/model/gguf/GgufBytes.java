package dev.sluice.model.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF bytes field by field, well-formed or not. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static GgufBytes header(int version, long tensors, long entries) {
        GgufBytes bytes = new GgufBytes();
        bytes.out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        return bytes.int32(version).int64(tensors).int64(entries);
    }

    GgufBytes int8(int value) {
        out.write(value);
        return this;
    }

    GgufBytes int16(int value) {
        return int8(value).int8(value >> 8);
    }

    GgufBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    GgufBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    GgufBytes float32(float value) {
        return int32(Float.floatToRawIntBits(value));
    }

    GgufBytes string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes entry(String key, int type) {
        return string(key).int32(type);
    }

    GgufBytes array(String key, int elementType, long count) {
        return entry(key, 9).int32(elementType).int64(count);
    }

    GgufBytes tensor(String name, TensorType type, long offset, long... dimensions) {
        string(name).int32(dimensions.length);
        for (long dimension : dimensions) {
            int64(dimension);
        }
        return int32(type.id()).int64(offset);
    }

    GgufBytes align(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
