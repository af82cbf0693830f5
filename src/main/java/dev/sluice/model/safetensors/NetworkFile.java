package dev.sluice.model.safetensors;

import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.FeedForward.Norm;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small network in a safetensors file: {@code norm.weight} and {@code norm.bias} where it begins with a norm, then
 * {@code layers.N.weight} {@code [outputs, inputs]} and {@code layers.N.bias} from N = 0.
 */
public final class NetworkFile {
    /** Most layers that are read. */
    private static final int MAX_LAYERS = 16;
    /** Most bytes of a tensor that are read. */
    private static final long MAX_BYTES = 1L << 28;

    private NetworkFile() {}

    /**
     * Reads a network, stored as F32, F16 or BF16.
     *
     * @throws ModelFileException if it holds anything else, a number that is not finite, or sizes that do not fit together
     */
    public static FeedForward read(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, TensorInfo> left = new LinkedHashMap<>(file.tensors());
            Norm norm = null;
            if (left.containsKey("norm.weight")) {
                norm = new Norm(
                        vector(path, file, left.remove("norm.weight"), "norm.weight"),
                        vector(path, file, left.remove("norm.bias"), "norm.bias"));
            }
            List<Linear> layers = new ArrayList<>();
            for (int i = 0; i < MAX_LAYERS && left.containsKey("layers." + i + ".weight"); i++) {
                String weight = "layers." + i + ".weight";
                String bias = "layers." + i + ".bias";
                TensorInfo matrix = left.remove(weight);
                Linear layer =
                        new Linear(values(path, file, matrix, weight, 2), vector(path, file, left.remove(bias), bias));
                if (matrix != null && matrix.dimensions().get(1) != layer.outputs()) {
                    throw bad(
                            path,
                            "tensor " + weight + " must have a row for each of " + layer.outputs()
                                    + " outputs, but has " + matrix.dimensions().get(1));
                }
                layers.add(layer);
            }
            if (!left.isEmpty()) {
                throw bad(
                        path,
                        "tensor " + left.keySet().iterator().next()
                                + " does not belong to a network of a norm and layers counted from 0");
            }
            return network(path, norm, layers);
        }
    }

    /** The bytes of a file that holds a network as F32; the same for the same network. */
    public static byte[] bytes(FeedForward network) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        Norm norm = network.norm();
        if (norm != null) {
            tensors.put("norm.weight", norm.weight());
            tensors.put("norm.bias", norm.bias());
        }
        for (int i = 0; i < network.layers().size(); i++) {
            Linear layer = network.layers().get(i);
            tensors.put("layers." + i + ".weight", layer.weight());
            shapes.put("layers." + i + ".weight", new int[] {layer.outputs(), layer.inputs()});
            tensors.put("layers." + i + ".bias", layer.bias());
        }
        return TensorBytes.of(tensors, shapes);
    }

    private static FeedForward network(Path path, @Nullable Norm norm, List<Linear> layers) {
        try {
            return new FeedForward(norm, layers);
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(Code.TENSOR, path, String.valueOf(e.getMessage()), e);
        }
    }

    private static float[] vector(Path path, SafetensorsFile file, @Nullable TensorInfo tensor, String name) {
        return values(path, file, tensor, name, 1);
    }

    /** The numbers of a tensor of so many dimensions. */
    static float[] values(Path path, SafetensorsFile file, @Nullable TensorInfo tensor, String name, int dimensions) {
        if (tensor == null) {
            throw bad(path, "tensor " + name + " is missing");
        }
        if (tensor.dimensions().size() != dimensions) {
            throw bad(
                    path,
                    "tensor " + name + " must have " + dimensions + " dimensions, but has "
                            + tensor.dimensions().size());
        }
        if (tensor.weights() * Float.BYTES > MAX_BYTES) {
            throw bad(
                    path,
                    "tensor " + name + " must have at most " + MAX_BYTES / Float.BYTES + " numbers, but has "
                            + tensor.weights());
        }
        float[] values = new float[(int) tensor.weights()];
        Dequantizer.decode(tensor.type(), file.data(tensor), FloatBuffer.wrap(values));
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw bad(path, "tensor " + name + " must hold finite numbers, but holds " + value);
            }
        }
        return values;
    }

    private static ModelFileException bad(Path path, String problem) {
        return new ModelFileException(Code.TENSOR, path, problem + "; fetch it again, or train it anew");
    }
}
