package dev.sluice.model.weights;

import java.util.List;

/**
 * Where a tensor lies in its file.
 *
 * @param name its name
 * @param dimensions extents, the fastest-running first: a matrix of {@code n} rows of {@code k} is {@code [k, n]}
 * @param type how its weights are stored
 * @param offset of its first byte, from the start of the file
 * @param byteLength its bytes
 */
public record TensorInfo(String name, List<Long> dimensions, TensorType type, long offset, long byteLength) {
    /** Number of weights. */
    public long weights() {
        long product = 1;
        for (long dimension : dimensions) {
            product *= dimension;
        }
        return product;
    }
}
