package dev.sluice.model.weights;

import dev.sluice.token.LoadedTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The first layers of a model with its embedding, last norm and output matrix: a smaller model that guesses as the whole
 * one does, more or less. Closing it closes the whole.
 */
public final class FirstLayers implements WeightSource {
    private final WeightSource whole;
    private final ModelShape shape;
    private final Map<String, TensorInfo> tensors;

    /**
     * The first layers of a model.
     *
     * @param whole the model; owned
     * @param layers 1 to as many as it has
     * @throws IllegalArgumentException if it has fewer
     */
    public FirstLayers(WeightSource whole, int layers) {
        ModelShape all = whole.shape();
        if (layers < 1 || layers > all.layers().size()) {
            throw new IllegalArgumentException("the layers to use of " + whole.path() + " must be from 1 to its "
                    + all.layers().size() + ", but are " + layers);
        }
        this.whole = whole;
        shape = new ModelShape(
                all.family(),
                all.extents(),
                all.layers().subList(0, layers),
                all.ropes(),
                all.window(),
                all.queryScale(),
                all.attentionCap(),
                all.logitCap(),
                all.storage());
        tensors = whole.tensors().entrySet().stream()
                .filter(tensor -> layerOf(tensor.getKey()) < layers)
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The layer that a tensor belongs to, or −1. */
    private static int layerOf(String name) {
        return name.startsWith("blk.") ? Integer.parseInt(name.substring(4, name.indexOf('.', 4))) : -1;
    }

    @Override
    public Path path() {
        return whole.path();
    }

    @Override
    public List<Path> files() {
        return whole.files();
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public TensorInfo tensor(String name) {
        return whole.tensor(name);
    }

    @Override
    public ByteBuffer data(TensorInfo tensor) {
        return whole.data(tensor);
    }

    @Override
    public LoadedTokenizer tokenizer() {
        return whole.tokenizer();
    }

    @Override
    public void close() {
        whole.close();
    }
}
