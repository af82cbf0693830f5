package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.gguf.Dequantizer;
import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.gguf.TensorInfo;
import dev.sluice.model.gguf.TensorType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Reads the weights of a model of the llama family into tensors of a precision, in the order that the module's text wants them.
 *
 * <p>Per layer: attention norm; query, key and value as one matrix; attention output; feed-forward norm; gate and up as
 * one matrix; down. Last the final norm and the output matrix, its rows padded to whole blocks of 64. Each matrix is
 * two tensors, weights and scales. A tensor of four-bit blocks goes into the four-bit precision as it is: {@code w = d·q + m}
 * becomes scale {@code d} and offset {@code m + 8d}, rounded to bfloat16.
 */
final class LlamaWeights {
    /** Rows of the output matrix come in blocks of this many. */
    static final int ROW_BLOCK = 64;

    private static final int GROUP = 32;
    private static final int BFLOAT16 = 15;
    private static final int FLOAT32 = 6;
    private static final int INT8 = 1;

    private final GgufFile file;
    private final LlamaShape shape;
    private final TorchModule module;
    private final NDManager scope;
    private final LoadProgress progress;
    private final List<NDArray> tensors = new ArrayList<>();
    private long done;

    private LlamaWeights(GgufFile file, LlamaShape shape, TorchModule module, NDManager scope, LoadProgress progress) {
        this.file = file;
        this.shape = shape;
        this.module = module;
        this.scope = scope;
        this.progress = progress;
    }

    /** The precision that {@link Precision#AUTO} stands for. */
    static Precision automatic(GgufFile file, boolean cpu) {
        if (!cpu) {
            return Precision.BFLOAT16;
        }
        TensorType type = file.tensor("blk.0.ffn_down.weight").type();
        return type == TensorType.Q4_0 || type == TensorType.Q4_1 ? Precision.INT4 : Precision.INT8;
    }

    /** The number by which the module's text knows how a precision's layers multiply. */
    static int mode(Precision precision) {
        return switch (precision) {
            case FLOAT32 -> 0;
            case INT8 -> 1;
            case INT4 -> 2;
            case BFLOAT16 -> 3;
            case AUTO -> throw new IllegalArgumentException("the precision has to be chosen first");
        };
    }

    /**
     * Reads all weights; throws {@link ModelFileException} where one is missing or has another shape.
     *
     * @param scope owns the tensors
     */
    static List<NDArray> read(
            GgufFile file,
            LlamaShape shape,
            Precision precision,
            TorchModule module,
            NDManager scope,
            LoadProgress progress) {
        return new LlamaWeights(file, shape, module, scope, progress).read(precision);
    }

    private List<NDArray> read(Precision precision) {
        int queries = shape.heads() * shape.headWidth();
        int keys = shape.kvHeads() * shape.headWidth();
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            norm(block + "attn_norm.weight");
            matrix(
                    precision,
                    0,
                    tensor(block + "attn_q.weight", shape.width(), queries),
                    tensor(block + "attn_k.weight", shape.width(), keys),
                    tensor(block + "attn_v.weight", shape.width(), keys));
            matrix(precision, 0, tensor(block + "attn_output.weight", queries, shape.width()));
            norm(block + "ffn_norm.weight");
            matrix(
                    precision,
                    0,
                    tensor(block + "ffn_gate.weight", shape.width(), shape.inner()),
                    tensor(block + "ffn_up.weight", shape.width(), shape.inner()));
            matrix(precision, 0, tensor(block + "ffn_down.weight", shape.inner(), shape.width()));
        }
        norm("output_norm.weight");
        String output = file.tensors().containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        int padding = Math.floorMod(-shape.vocabulary(), ROW_BLOCK);
        matrix(
                precision == Precision.INT4 ? Precision.INT8 : precision,
                padding,
                tensor(output, shape.width(), shape.vocabulary()));
        return tensors;
    }

    private TensorInfo tensor(String name, long... dimensions) {
        TensorInfo tensor = file.tensor(name);
        List<Long> wanted = Arrays.stream(dimensions).boxed().toList();
        if (!tensor.dimensions().equals(wanted)) {
            throw new ModelFileException(
                    ModelFileException.Code.TENSOR,
                    file.path(),
                    "tensor " + name + " must have the dimensions " + wanted + ", but has " + tensor.dimensions()
                            + "; use another conversion of the model");
        }
        return tensor;
    }

    private void norm(String name) {
        FloatBuffer weights = floats(shape.width());
        decode(tensor(name, shape.width()), weights);
        tensors.add(cast(weights.flip(), DataType.FLOAT32, FLOAT32, new Shape(shape.width())));
    }

    /** Adds the matrices below one another, and so many rows of zeros. */
    private void matrix(Precision precision, int padding, TensorInfo... parts) {
        int columns = Math.toIntExact(parts[0].dimensions().get(0));
        int rows = padding
                + Math.toIntExact(Stream.of(parts)
                        .mapToLong(part -> part.dimensions().get(1))
                        .sum());
        if (precision == Precision.INT4) {
            four(rows, columns, parts);
            return;
        }
        FloatBuffer weights = floats(Math.multiplyExact(rows, columns));
        for (TensorInfo part : parts) {
            decode(part, weights);
        }
        weights.position(0);
        Shape extents = new Shape(rows, columns);
        switch (precision) {
            case INT8 -> eight(weights, rows, columns);
            case FLOAT32 -> {
                tensors.add(cast(weights, DataType.FLOAT32, FLOAT32, extents));
                tensors.add(none());
            }
            default -> {
                tensors.add(cast(weights, DataType.FLOAT32, BFLOAT16, extents));
                tensors.add(none());
            }
        }
    }

    private void eight(FloatBuffer weights, int rows, int columns) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(rows * columns);
        FloatBuffer scales = floats(rows);
        for (int row = 0; row < rows; row++) {
            float largest = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                largest = Math.max(largest, Math.abs(weights.get(i)));
            }
            float scale = bfloat16(largest / 127);
            scales.put(scale);
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                int q = scale == 0 ? 0 : Math.round(weights.get(i) / scale);
                bytes.put((byte) Math.max(-127, Math.min(127, q)));
            }
        }
        tensors.add(cast(bytes.flip(), DataType.INT8, INT8, new Shape(rows, columns)));
        tensors.add(cast(scales.flip(), DataType.FLOAT32, BFLOAT16, new Shape(rows)));
    }

    private void four(int rows, int columns, TensorInfo... parts) {
        IntBuffer quanta = ByteBuffer.allocateDirect(Math.multiplyExact(rows, columns) * Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .asIntBuffer();
        int groups = columns / GROUP;
        FloatBuffer scales = floats(groups * rows * 2);
        int row = 0;
        for (TensorInfo part : parts) {
            FourBitBlocks blocks = new FourBitBlocks(part.type(), file.data(part));
            for (long left = part.dimensions().get(1); left > 0; left--, row++) {
                for (int group = 0; group < groups; group++) {
                    blocks.next(quanta);
                    scales.put((group * rows + row) * 2, blocks.scale());
                    scales.put((group * rows + row) * 2 + 1, blocks.offset());
                }
            }
            advance(part);
        }
        tensors.add(pack(quanta.flip(), new Shape(rows, columns)));
        tensors.add(cast(scales, DataType.FLOAT32, BFLOAT16, new Shape(groups, rows, 2)));
    }

    /** A copy of a buffer in another type of numbers, by PyTorch's own number for it. */
    private NDArray cast(Buffer buffer, DataType from, int to, Shape extents) {
        try (NDManager brief = module.scope()) {
            NDArray array = TorchModule.array(brief, buffer, from, extents);
            return module.call(scope, "cast", TorchModule.tensor(array), IValue.from(to))[0];
        }
    }

    /** Four-bit numbers, packed as the four-bit product wants them. */
    private NDArray pack(IntBuffer quanta, Shape extents) {
        try (NDManager brief = module.scope()) {
            NDArray array = TorchModule.array(brief, quanta, DataType.INT32, extents);
            return module.call(scope, "pack4", TorchModule.tensor(array))[0];
        }
    }

    private NDArray none() {
        return cast(floats(1), DataType.FLOAT32, FLOAT32, new Shape(1));
    }

    private void decode(TensorInfo tensor, FloatBuffer out) {
        FloatBuffer part = out.slice(out.position(), Math.toIntExact(tensor.weights()));
        Dequantizer.decode(tensor.type(), file.data(tensor), part);
        out.position(out.position() + part.limit());
        advance(tensor);
    }

    private void advance(TensorInfo tensor) {
        done += tensor.byteLength();
        long total = file.tensors().values().stream()
                .mapToLong(TensorInfo::byteLength)
                .sum();
        progress.advanced("weights", Math.min(done, total), total);
    }

    private static FloatBuffer floats(int size) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(size, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** The nearest bfloat16, ties to even. */
    private static float bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }
}
