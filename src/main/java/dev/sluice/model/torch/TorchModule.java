package dev.sluice.model.torch;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.List;

/**
 * A TorchScript module on one device, and the arrays that go in and come out of its methods.
 *
 * <p>What a method stores in an attribute lives until {@link #close}. One thread at a time.
 */
final class TorchModule implements AutoCloseable {
    private final Model model;
    private final PtSymbolBlock block;

    /** Loads an archive onto a device. */
    TorchModule(byte[] archive, Device device) {
        model = Model.newInstance("sluice", device, "PyTorch");
        try {
            model.load(new ByteArrayInputStream(archive));
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException(e);
        } catch (MalformedModelException e) {
            model.close();
            throw new IllegalStateException("the TorchScript text does not load into this PyTorch", e);
        }
        block = (PtSymbolBlock) model.getBlock();
    }

    /** A scope for arrays: what is made in it is freed with it. The caller closes it. */
    NDManager scope() {
        return model.getNDManager().newSubManager();
    }

    /** Copies a direct buffer of native order to the device. */
    static NDArray array(NDManager scope, Buffer buffer, DataType type, Shape shape) {
        return scope.create(buffer, shape, type);
    }

    /** Runs a method; what it returns, if a tensor or a tuple of tensors, belongs to the scope. Closes the arguments. */
    NDArray[] call(NDManager scope, String method, IValue... arguments) {
        try (IValue result = IValueUtils.runMethod(block, method, arguments)) {
            return result.toNDList((PtNDManager) scope).toArray(new NDArray[0]);
        } finally {
            closeAll(arguments);
        }
    }

    /** Runs a method that returns an integer. Closes the arguments. */
    long callForLong(String method, IValue... arguments) {
        try (IValue result = IValueUtils.runMethod(block, method, arguments)) {
            return result.toLong();
        } finally {
            closeAll(arguments);
        }
    }

    /** An argument: a tensor. */
    static IValue tensor(NDArray array) {
        return IValue.from((PtNDArray) array);
    }

    /** An argument: a list of tensors. */
    static IValue tensors(List<NDArray> arrays) {
        return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }

    /** An argument: a vector of integers, its array in the scope. */
    static IValue integers(NDManager scope, LongBuffer buffer) {
        return tensor(array(scope, buffer, DataType.INT64, new Shape(buffer.remaining())));
    }

    /** An argument: a vector of numbers, its array in the scope. */
    static IValue numbers(NDManager scope, FloatBuffer buffer) {
        return tensor(array(scope, buffer, DataType.FLOAT32, new Shape(buffer.remaining())));
    }

    @Override
    public void close() {
        model.close();
    }

    private static void closeAll(IValue... arguments) {
        for (IValue argument : arguments) {
            argument.close();
        }
    }
}
