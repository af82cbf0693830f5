package dev.sluice.model.weights;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.LowRankUpdate.Factors;
import dev.sluice.token.LoadedTokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model with adapters merged into its matrices; whoever reads it need not know. Closing it closes that model.
 *
 * <p>A matrix that an adapter changes is a tensor of float32 here, however the file stores it, and is merged each time it
 * is asked for: {@code rank} multiplications a weight, on all processors, four bytes a weight outside the heap. Several
 * adapters are added in order. All else is the model's own.
 */
public final class AdaptedWeights implements WeightSource {
    private final WeightSource model;
    private final ModelShape shape;
    private final List<Path> files;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, List<LowRankUpdate>> updates = new HashMap<>();

    /**
     * Lays adapters over a model.
     *
     * @param model of checked tensors
     * @param adapters read for this model
     */
    public AdaptedWeights(WeightSource model, List<Adapter> adapters) {
        this.model = model;
        shape = model.shape();
        files = Stream.concat(model.files().stream(), adapters.stream().flatMap(adapter -> adapter.files().stream()))
                .toList();
        Map<String, TensorInfo> all = new LinkedHashMap<>(model.tensors());
        for (Adapter adapter : adapters) {
            adapter.updates().forEach((name, update) -> {
                updates.computeIfAbsent(name, any -> new ArrayList<>()).add(update);
                TensorInfo stored = model.tensor(name);
                long bytes = TensorType.F32.bytes(stored.weights());
                all.put(name, new TensorInfo(name, stored.dimensions(), TensorType.F32, 0, bytes));
            });
        }
        tensors = Collections.unmodifiableMap(all);
    }

    @Override
    public Path path() {
        return model.path();
    }

    /** The model's files, then those of each adapter in order. */
    @Override
    public List<Path> files() {
        return files;
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
        return Objects.requireNonNullElseGet(tensors.get(name), () -> model.tensor(name));
    }

    @Override
    public ByteBuffer data(TensorInfo tensor) {
        List<LowRankUpdate> own = updates.get(tensor.name());
        return own == null ? model.data(tensor) : merged(model.tensor(tensor.name()), own);
    }

    @Override
    public LoadedTokenizer tokenizer() {
        return model.tokenizer();
    }

    @Override
    public void close() {
        model.close();
    }

    /** The names of the matrices that adapters change; unmodifiable. */
    public Set<String> changed() {
        return Collections.unmodifiableSet(updates.keySet());
    }

    private ByteBuffer merged(TensorInfo stored, List<LowRankUpdate> own) {
        long bytes = TensorType.F32.bytes(stored.weights());
        if (bytes > Integer.MAX_VALUE) {
            throw new ModelFileException(
                    Code.UNSUPPORTED_TYPE,
                    model.path(),
                    "tensor " + stored.name() + " takes " + bytes
                            + " bytes while an adapter is merged into it, at most " + Integer.MAX_VALUE
                            + " are read; use a smaller model, or an adapter without this tensor");
        }
        int columns = Math.toIntExact(stored.dimensions().get(0));
        int rowBytes = Math.toIntExact(stored.type().bytes(columns));
        ByteBuffer data = model.data(stored);
        ByteBuffer out = ByteBuffer.allocateDirect((int) bytes);
        List<Factors> factors = own.stream().map(LowRankUpdate::read).toList();
        IntStream.range(0, Math.toIntExact(stored.weights() / columns))
                .parallel()
                .forEach(row -> {
                    float[] weights = new float[columns];
                    ByteBuffer from = data.slice(row * rowBytes, rowBytes).order(ByteOrder.LITTLE_ENDIAN);
                    Dequantizer.decode(stored.type(), from, FloatBuffer.wrap(weights));
                    int hubRow = hubRow(stored.name(), row);
                    factors.forEach(update -> update.addTo(weights, hubRow));
                    out.slice(row * columns * Float.BYTES, columns * Float.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer()
                            .put(weights);
                });
        return out.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The row of an adapter that belongs to a row of the file: adapters have the heads of queries and keys in halves. */
    private int hubRow(String name, int row) {
        boolean turned = name.endsWith(".attn_q.weight") || name.endsWith(".attn_k.weight");
        return turned && !shape.storage().halves() ? Rope.halvedRow(row, shape.headWidth()) : row;
    }
}
