package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sluice.model.FeedForward;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The weights of small networks on the device, in float32; the least recently used go first. */
final class NetworkCache {
    private static final int MOST = 32;

    private final NDManager scope;
    /** In the order of use. */
    private final Map<FeedForward, List<NDArray>> networks = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * An empty cache.
     *
     * @param scope owns the arrays
     */
    NetworkCache(NDManager scope) {
        this.scope = scope;
    }

    /** Weight and bias of the norm, empty where there is none, then those of each layer. Valid until the next call. */
    List<NDArray> get(FeedForward network) {
        List<NDArray> arrays = networks.computeIfAbsent(network, this::upload);
        if (networks.size() > MOST) {
            Iterator<List<NDArray>> oldest = networks.values().iterator();
            oldest.next().forEach(NDArray::close);
            oldest.remove();
        }
        return arrays;
    }

    private List<NDArray> upload(FeedForward network) {
        List<NDArray> arrays = new ArrayList<>();
        FeedForward.Norm norm = network.norm();
        arrays.add(array(norm == null ? new float[0] : norm.weight()));
        arrays.add(array(norm == null ? new float[0] : norm.bias()));
        for (FeedForward.Linear layer : network.layers()) {
            arrays.add(array(layer.weight(), layer.outputs(), layer.inputs()));
            arrays.add(array(layer.bias()));
        }
        return arrays;
    }

    private NDArray array(float[] values) {
        return array(values, values.length);
    }

    private NDArray array(float[] values, long... shape) {
        FloatBuffer buffer = ByteBuffer.allocateDirect(values.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return TorchModule.array(scope, buffer.put(values).flip(), DataType.FLOAT32, new Shape(shape));
    }
}
