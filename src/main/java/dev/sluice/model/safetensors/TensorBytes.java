package dev.sluice.model.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes safetensors files of float32 numbers. */
final class TensorBytes {
    private TensorBytes() {}

    /**
     * The bytes of a file; the same for the same tensors.
     *
     * @param tensors by name, in order
     * @param shapes of those that are no vectors
     */
    static byte[] of(Map<String, float[]> tensors, Map<String, int[]> shapes) {
        ObjectNode header = JsonMapper.shared().createObjectNode();
        long at = 0;
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            long end = at + (long) tensor.getValue().length * Float.BYTES;
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
            for (int extent : shapes.getOrDefault(tensor.getKey(), new int[] {tensor.getValue().length})) {
                entry.withArray("shape").add(extent);
            }
            entry.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        int padding = -text.length & 7;
        ByteBuffer data = ByteBuffer.allocate(Long.BYTES + text.length + padding + Math.toIntExact(at))
                .order(ByteOrder.LITTLE_ENDIAN);
        data.putLong(text.length + padding).put(text).put(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
        tensors.values().forEach(values -> {
            for (float value : values) {
                data.putFloat(value);
            }
        });
        return data.array();
    }
}
