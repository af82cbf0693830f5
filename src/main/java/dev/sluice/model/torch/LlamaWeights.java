package dev.sluice.model.torch;

import static dev.sluice.model.weights.WeightCheck.name;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.weights.AdaptedWeights;
import dev.sluice.model.weights.Family;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightCheck;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads the weights of a model into tensors of a precision, in the order that the module's text wants them.
 *
 * <p>Per layer: attention norm; query, key and value as one matrix; attention output; feed-forward norm; gate and up as
 * one matrix; down. Last the final norm and the output matrix, its rows padded to whole blocks of 64. Each matrix is
 * two tensors, weights and scales. A tensor of four-bit blocks goes into the four-bit precision as it is: {@code w = d·q + m}
 * becomes scale {@code d} and offset {@code m + 8d}, rounded to bfloat16. A matrix that adapters change has eight bits there:
 * rounded anew to four, the default model forgot most of what its adapter had taught it. What only some families have lies
 * apart, four tensors a layer: biases of query, key and value; norms of their heads; norms behind attention and feed-forward.
 *
 * <p>Beside the tensors themselves a part of 64 MiB is held, but at four bits a matrix at a time, four bytes a weight.
 */
final class LlamaWeights {
    /** Rows of the output matrix come in blocks of this many. */
    static final int ROW_BLOCK = 64;

    /** Matrices of a layer. */
    static final int MATRICES = 4;

    private static final int GROUP = 32;
    private static final int CHUNK = 1 << 24;

    private final AdaptedWeights source;
    private final ModelShape shape;
    private final Precision precision;
    private final TorchModule module;
    private final NDManager scope;
    private final LoadProgress progress;
    private final List<NDArray> weights = new ArrayList<>();
    private final List<NDArray> extras = new ArrayList<>();
    private final List<Integer> modes = new ArrayList<>();
    private final int halvedHead;
    private final boolean packsHalf;
    private final long total;
    private long done;

    /**
     * Prepares reading.
     *
     * @param scope owns the tensors
     */
    LlamaWeights(
            AdaptedWeights source,
            ModelShape shape,
            Precision precision,
            TorchModule module,
            NDManager scope,
            LoadProgress progress) {
        this.source = source;
        this.shape = shape;
        this.precision = precision;
        this.module = module;
        this.scope = scope;
        this.progress = progress;
        halvedHead = shape.storage().halves() ? shape.headWidth() : 0;
        packsHalf = precision == Precision.FLOAT16 && packsHalf();
        total = source.tensors().values().stream()
                .mapToLong(TensorInfo::byteLength)
                .sum();
    }

    /** The number by which the module's text knows how matrices of a precision are multiplied. */
    private int mode(Precision precision) {
        return switch (precision) {
            case FLOAT32 -> 0;
            case INT8 -> 1;
            case INT4 -> 2;
            case BFLOAT16 -> 3;
            case FLOAT16 -> packsHalf ? 4 : 5;
            case AUTO -> throw new IllegalArgumentException("the precision has to be chosen first");
        };
    }

    /** Norms and matrices, in order. */
    List<NDArray> weights() {
        return weights;
    }

    /** The modes of the matrices in order, that of the output matrix last. */
    List<Integer> modes() {
        return modes;
    }

    /** What only some families have, four a layer. */
    List<NDArray> extras() {
        return extras;
    }

    /** Reads all weights, of a model that was checked. */
    void read() {
        requireWholeBlocks();
        Family family = shape.family();
        for (int layer = 0; layer < shape.layers().size(); layer++) {
            norm(weights, name(layer, "attn_norm.weight"));
            matrix(
                    precision,
                    0,
                    rows(name(layer, "attn_q.weight"), halvedHead),
                    rows(name(layer, "attn_k.weight"), halvedHead),
                    rows(name(layer, "attn_v.weight"), 0));
            matrix(precision, 0, rows(name(layer, "attn_output.weight"), 0));
            norm(weights, name(layer, "ffn_norm.weight"));
            matrix(precision, 0, rows(name(layer, "ffn_gate.weight"), 0), rows(name(layer, "ffn_up.weight"), 0));
            matrix(precision, 0, rows(name(layer, "ffn_down.weight"), 0));
            if (family.biases()) {
                extras.add(vector(
                        0,
                        rows(name(layer, "attn_q.bias"), halvedHead),
                        rows(name(layer, "attn_k.bias"), halvedHead),
                        rows(name(layer, "attn_v.bias"), 0)));
            } else {
                extras.add(none());
            }
            extras.add(family.headNorms() ? headNorms(layer) : none());
            if (family.gemma()) {
                norm(extras, name(layer, "post_attention_norm.weight"));
                norm(extras, name(layer, "post_ffw_norm.weight"));
            } else {
                extras.add(none());
                extras.add(none());
            }
        }
        norm(weights, "output_norm.weight");
        int padding = Math.floorMod(-shape.vocabulary(), ROW_BLOCK);
        String output = shape.storage().tied() ? WeightCheck.EMBEDDING : WeightCheck.OUTPUT;
        matrix(precision.ofOutput(), padding, rows(output, 0));
    }

    /** Integer products work on whole blocks of weights. */
    private void requireWholeBlocks() {
        if (precision != Precision.INT4 && precision != Precision.INT8) {
            return;
        }
        boolean whole = IntStream.of(shape.width(), shape.inner(), shape.queryRows(), shape.keyRows())
                .allMatch(extent -> extent % GROUP == 0);
        if (!whole) {
            throw new ModelFileException(
                    ModelFileException.Code.UNSUPPORTED_TYPE,
                    source.path(),
                    "its width " + shape.width() + ", feed-forward width " + shape.inner() + ", query width "
                            + shape.queryRows() + " and key width " + shape.keyRows() + " must be multiples of "
                            + GROUP + " for the precision " + precision
                            + "; set sluice.model.precision to float16 or bfloat16");
        }
    }

    private RowReader rows(String name, int halved) {
        TensorInfo tensor = source.tensor(name);
        return new RowReader(tensor, source.data(tensor), halved);
    }

    private void norm(List<NDArray> into, String name) {
        into.add(vector(shape.storage().normOffset(), rows(name, 0)));
    }

    /** Norm weights of each head of queries, then of each head of keys, {@code [heads + kvHeads, headWidth]}. */
    private NDArray headNorms(int layer) {
        RowReader query = rows(name(layer, "attn_q_norm.weight"), halvedHead);
        RowReader key = rows(name(layer, "attn_k_norm.weight"), halvedHead);
        RowReader[] all = Stream.concat(
                        Stream.generate(() -> query).limit(shape.heads()),
                        Stream.generate(() -> key).limit(shape.kvHeads()))
                .toArray(RowReader[]::new);
        NDArray flat = vector(shape.storage().normOffset(), all);
        return flat.reshape(shape.heads() + shape.kvHeads(), shape.headWidth());
    }

    /** Vectors behind one another, in single precision, a number added to each weight. */
    private NDArray vector(float added, RowReader... parts) {
        MatrixRows rows = new MatrixRows(List.of(parts), 0);
        FloatBuffer values = floats(rows.rows());
        rows.read(0, rows.rows(), values);
        for (int i = 0; added != 0 && i < values.limit(); i++) {
            values.put(i, values.get(i) + added);
        }
        advance(rows.rows() * (long) Float.BYTES);
        return cast(values.flip(), DataType.FLOAT32, Numbers.FLOAT32, new Shape(rows.rows()));
    }

    /** Adds matrices below one another, and so many rows of zeros. */
    private void matrix(Precision wanted, int padding, RowReader... parts) {
        MatrixRows rows = new MatrixRows(List.of(parts), padding);
        boolean changed =
                rows.parts().stream().anyMatch(part -> source.changed().contains(part.name()));
        Precision own = changed && wanted == Precision.INT4 ? Precision.INT8 : wanted;
        modes.add(mode(own));
        switch (own) {
            case INT4 -> four(rows);
            case INT8 -> eight(rows);
            case FLOAT16 -> {
                weights.add(packsHalf ? halfPacked(rows) : floating(rows, Numbers.FLOAT16));
                weights.add(none());
            }
            default -> {
                weights.add(floating(rows, own == Precision.BFLOAT16 ? Numbers.BFLOAT16 : Numbers.FLOAT32));
                weights.add(none());
            }
        }
    }

    private NDArray floating(MatrixRows rows, int type) {
        List<NDArray> parts = new ArrayList<>();
        int columns = rows.columns();
        for (int from = 0, to; from < rows.rows(); from = to) {
            to = Math.min(rows.rows(), from + Math.max(1, CHUNK / columns));
            FloatBuffer values = decoded(rows, from, to);
            parts.add(cast(values, DataType.FLOAT32, type, new Shape(to - from, columns)));
        }
        return joined(parts);
    }

    /** The number under which the module keeps the matrix, packed as its product in half precision wants it. */
    private NDArray halfPacked(MatrixRows rows) {
        try (NDArray whole = floating(rows, Numbers.FLOAT32)) {
            return module.call(scope, "pack16", TorchModule.tensor(whole))[0];
        }
    }

    /** Whether this PyTorch and processor have the product of packed half-precision weights. */
    private boolean packsHalf() {
        try (NDManager brief = module.scope()) {
            NDArray array = TorchModule.array(brief, floats(256), DataType.FLOAT32, new Shape(16, 16));
            module.call(brief, "try16", TorchModule.tensor(array));
            return true;
        } catch (EngineException e) {
            return false;
        }
    }

    private void eight(MatrixRows rows) {
        List<NDArray> quanta = new ArrayList<>();
        List<NDArray> factors = new ArrayList<>();
        int columns = rows.columns();
        for (int from = 0, to; from < rows.rows(); from = to) {
            to = Math.min(rows.rows(), from + Math.max(1, CHUNK / columns));
            FloatBuffer values = decoded(rows, from, to);
            ByteBuffer bytes = ByteBuffer.allocateDirect((to - from) * columns);
            FloatBuffer scales = floats(to - from);
            while (scales.hasRemaining()) {
                scales.put(quantizedRow(values.slice(scales.position() * columns, columns), bytes));
            }
            quanta.add(cast(bytes.flip(), DataType.INT8, Numbers.INT8, new Shape(to - from, columns)));
            factors.add(cast(scales.flip(), DataType.FLOAT32, Numbers.BFLOAT16, new Shape(to - from)));
        }
        weights.add(joined(quanta));
        weights.add(joined(factors));
    }

    /** Puts a row's signed bytes and returns their scale. */
    private static float quantizedRow(FloatBuffer row, ByteBuffer out) {
        float largest = 0;
        for (int i = 0; i < row.limit(); i++) {
            largest = Math.max(largest, Math.abs(row.get(i)));
        }
        float scale = Numbers.bfloat16(largest / 127);
        for (int i = 0; i < row.limit(); i++) {
            int q = scale == 0 ? 0 : Math.round(row.get(i) / scale);
            out.put((byte) Math.max(-127, Math.min(127, q)));
        }
        return scale;
    }

    private void four(MatrixRows matrix) {
        int rows = matrix.rows();
        int columns = matrix.columns();
        if ((long) rows * columns > Integer.MAX_VALUE / Integer.BYTES) {
            throw new ModelFileException(
                    ModelFileException.Code.UNSUPPORTED_TYPE,
                    source.path(),
                    "a matrix of " + rows + " rows of " + columns + " weights exceeds the "
                            + Integer.MAX_VALUE / Integer.BYTES
                            + " weights that four bits are packed for; set sluice.model.precision to int8");
        }
        IntBuffer quanta = ByteBuffer.allocateDirect(rows * columns * Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer();
        int groups = columns / GROUP;
        FloatBuffer scales = floats(groups * rows * 2);
        int row = 0;
        for (RowReader part : matrix.parts()) {
            FourBitBlocks blocks = part.fourBit();
            for (int i = 0; i < part.rows(); i++, row++) {
                for (int group = 0; group < groups; group++) {
                    blocks.read(part.source(i), group, quanta);
                    scales.put((group * rows + row) * 2, blocks.scale());
                    scales.put((group * rows + row) * 2 + 1, blocks.offset());
                }
            }
            advance(part.bytes());
        }
        weights.add(packed(quanta.flip(), new Shape(rows, columns)));
        weights.add(cast(scales, DataType.FLOAT32, Numbers.BFLOAT16, new Shape(groups, rows, 2)));
    }

    private FloatBuffer decoded(MatrixRows rows, int from, int to) {
        FloatBuffer values = floats((to - from) * rows.columns());
        rows.read(from, to, values);
        long bytes = rows.parts().stream().mapToLong(RowReader::bytes).sum();
        advance(bytes * (to - from) / rows.rows());
        return values.flip();
    }

    private NDArray joined(List<NDArray> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        NDArray whole = module.call(scope, "join", TorchModule.tensors(parts))[0];
        parts.forEach(NDArray::close);
        return whole;
    }

    /** A copy of a buffer in another type of numbers, by PyTorch's own number for it. */
    private NDArray cast(Buffer buffer, DataType from, int to, Shape extents) {
        try (NDManager brief = module.scope()) {
            NDArray array = TorchModule.array(brief, buffer, from, extents);
            return module.call(scope, "cast", TorchModule.tensor(array), IValue.from(to))[0];
        }
    }

    /** Four-bit numbers, packed as the four-bit product wants them. */
    private NDArray packed(IntBuffer quanta, Shape extents) {
        try (NDManager brief = module.scope()) {
            NDArray array = TorchModule.array(brief, quanta, DataType.INT32, extents);
            return module.call(scope, "pack4", TorchModule.tensor(array))[0];
        }
    }

    private NDArray none() {
        return cast(floats(1), DataType.FLOAT32, Numbers.FLOAT32, new Shape(1));
    }

    private void advance(long bytes) {
        done += bytes;
        progress.advanced("weights", Math.min(done, total), total);
    }

    private static FloatBuffer floats(int size) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(size, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
