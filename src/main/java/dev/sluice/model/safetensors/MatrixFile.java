package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.weights.TensorInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Matrices of float32 numbers in a safetensors file, row by row. */
public final class MatrixFile {
    private MatrixFile() {}

    /**
     * Reads all matrices of a file.
     *
     * @return {@code [rows][columns]} by name
     * @throws ModelFileException if it holds anything else, or a number that is not finite
     */
    public static Map<String, float[][]> read(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, float[][]> matrices = new LinkedHashMap<>();
            for (Map.Entry<String, TensorInfo> entry : file.tensors().entrySet()) {
                TensorInfo tensor = entry.getValue();
                float[] values = NetworkFile.values(path, file, tensor, entry.getKey(), 2);
                int columns = Math.toIntExact(tensor.dimensions().get(0));
                float[][] rows = new float[values.length / columns][];
                Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * columns, (i + 1) * columns));
                matrices.put(entry.getKey(), rows);
            }
            return matrices;
        }
    }

    /**
     * The bytes of a file; the same for the same matrices.
     *
     * @param matrices by name, each with at least one row, all rows of one length
     */
    public static byte[] bytes(Map<String, float[][]> matrices) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        matrices.forEach((name, rows) -> {
            int columns = rows[0].length;
            float[] flat = new float[rows.length * columns];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(rows[i], 0, flat, i * columns, columns);
            }
            tensors.put(name, flat);
            shapes.put(name, new int[] {rows.length, columns});
        });
        return TensorBytes.of(tensors, shapes);
    }
}
