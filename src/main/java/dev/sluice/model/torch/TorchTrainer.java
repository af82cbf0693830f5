package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.FeedForward;
import dev.sluice.model.NetworkTrainer;
import dev.sluice.model.torch.TorchScriptArchive.Attribute;
import dev.sluice.model.torch.TorchScriptArchive.Initial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Fits a network on PyTorch: gradients and Adam in one call a batch, all in float32. Parameters stay on the device. */
public final class TorchTrainer implements NetworkTrainer {
    private static final double FIRST_DECAY = 0.9;
    private static final double SECOND_DECAY = 0.999;

    private final TorchModule module;
    private final FeedForward form;
    private final Settings settings;
    private int steps;

    private TorchTrainer(TorchModule module, State state, Settings settings) {
        this.module = module;
        this.form = state.network();
        this.settings = settings;
        this.steps = state.steps();
    }

    /**
     * Makes trainers on a device.
     *
     * @param home folder for what is unpacked once per machine
     * @param device {@code cpu} or {@code cuda:n}
     */
    public static Factory on(Path home, String device) {
        return (state, settings) -> TorchThread.call(() -> start(home, device, state, settings));
    }

    private static TorchTrainer start(Path home, String device, State state, Settings settings) {
        FeedForward network = state.network();
        if (network.outputs() != settings.choices() && network.outputs() != 1) {
            throw new IllegalArgumentException("a fit among " + settings.choices()
                    + " choices needs a network of as many outputs, or of one, but it has " + network.outputs());
        }
        TorchRuntime.load(home, MachineProfile.DEFAULT_SPIN_COUNT);
        TorchModule module = new TorchModule(
                TorchScriptArchive.of(
                        "train.py",
                        "Trainer",
                        new Attribute("training", Initial.BOOLEAN),
                        new Attribute("weights", Initial.TENSORS),
                        new Attribute("first", Initial.TENSORS),
                        new Attribute("second", Initial.TENSORS),
                        new Attribute("shape", Initial.INTEGERS)),
                TorchModel.device(device));
        boolean loaded = false;
        try (NDManager scope = module.scope()) {
            module.callForLong(
                    "load",
                    TorchModule.tensors(arrays(scope, network)),
                    TorchModule.tensors(arrays(scope, state.first())),
                    TorchModule.tensors(arrays(scope, state.second())),
                    IValue.listFrom(network.norm() == null ? 0L : 1, settings.choices()));
            loaded = true;
            return new TorchTrainer(module, state, settings);
        } finally {
            if (!loaded) {
                module.close();
            }
        }
    }

    @Override
    public double step(Batch batch) {
        check(batch);
        return TorchThread.call(() -> {
            try (NDManager scope = module.scope()) {
                List<NDArray> masks = new ArrayList<>();
                for (float[] mask : batch.dropout()) {
                    masks.add(matrix(scope, direct(mask), batch.inputs().length));
                }
                LongBuffer labels = ByteBuffer.allocateDirect(batch.labels().length * Long.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .asLongBuffer();
                for (int label : batch.labels()) {
                    labels.put(label);
                }
                steps++;
                NDArray loss = module.call(
                                scope,
                                "step",
                                TorchModule.tensor(rows(scope, batch.inputs())),
                                TorchModule.integers(scope, labels.flip()),
                                TorchModule.numbers(scope, shares(batch.weights())),
                                TorchModule.tensors(masks),
                                IValue.listFrom(
                                        settings.rate(),
                                        settings.decay(),
                                        1 - Math.pow(FIRST_DECAY, steps),
                                        1 - Math.pow(SECOND_DECAY, steps)))[0];
                return (double) loss.toFloatArray()[0];
            }
        });
    }

    @Override
    public float[][] outputs(float[][] inputs) {
        checkWidth(inputs);
        return TorchThread.call(() -> {
            try (NDManager scope = module.scope()) {
                float[] flat = module.call(scope, "outputs", TorchModule.tensor(rows(scope, inputs)))[0].toFloatArray();
                float[][] out = new float[inputs.length][form.outputs()];
                for (int i = 0; i < out.length; i++) {
                    System.arraycopy(flat, i * form.outputs(), out[i], 0, form.outputs());
                }
                return out;
            }
        });
    }

    @Override
    public int[] hidden() {
        return form.layers().stream()
                .limit(form.layers().size() - 1)
                .mapToInt(FeedForward.Linear::outputs)
                .toArray();
    }

    @Override
    public State state() {
        return TorchThread.call(() -> {
            try (NDManager scope = module.scope()) {
                NDArray[] flat = module.call(scope, "state");
                return new State(network(flat[0]), network(flat[1]), network(flat[2]), steps);
            }
        });
    }

    @Override
    public void close() {
        TorchThread.run(module::close);
    }

    private FeedForward network(NDArray flat) {
        FeedForward network = form.zeros();
        FloatBuffer values = FloatBuffer.wrap(flat.toFloatArray());
        network.parameters().forEach(values::get);
        return network;
    }

    private void check(Batch batch) {
        checkWidth(batch.inputs());
        int examples = batch.inputs().length * form.outputs() / settings.choices();
        int hidden = form.layers().size() - 1;
        if (examples == 0
                || examples * settings.choices() != batch.inputs().length * form.outputs()
                || batch.labels().length != examples
                || batch.weights().length != examples) {
            throw new IllegalArgumentException("a batch needs a label and a weight an example, but has "
                    + batch.inputs().length + " rows, " + batch.labels().length + " labels and "
                    + batch.weights().length + " weights");
        }
        for (int label : batch.labels()) {
            if (label < 0 || label >= settings.choices()) {
                throw new IllegalArgumentException(
                        "a label is 0 to " + (settings.choices() - 1) + ", but one is " + label);
            }
        }
        if (!batch.dropout().isEmpty() && batch.dropout().size() != hidden) {
            throw new IllegalArgumentException("dropout needs factors for each of " + hidden
                    + " hidden layers, but was given " + batch.dropout().size());
        }
    }

    private void checkWidth(float[][] inputs) {
        for (float[] input : inputs) {
            if (input.length != form.inputs()) {
                throw new IllegalArgumentException(
                        "the network reads " + form.inputs() + " numbers, but was given " + input.length);
            }
        }
    }

    /** Weights as shares of their sum. */
    private static FloatBuffer shares(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        if (!(sum > 0)) {
            throw new IllegalArgumentException("the weights of a batch must sum to more than 0, but sum to " + sum);
        }
        FloatBuffer shares = buffer(weights.length);
        for (float weight : weights) {
            shares.put((float) (weight / sum));
        }
        return shares.flip();
    }

    private static List<NDArray> arrays(NDManager scope, FeedForward network) {
        List<NDArray> arrays = new ArrayList<>();
        if (network.norm() != null) {
            arrays.add(vector(scope, network.norm().weight()));
            arrays.add(vector(scope, network.norm().bias()));
        }
        for (FeedForward.Linear layer : network.layers()) {
            arrays.add(matrix(scope, direct(layer.weight()), layer.outputs()));
            arrays.add(vector(scope, layer.bias()));
        }
        return arrays;
    }

    private NDArray rows(NDManager scope, float[][] inputs) {
        FloatBuffer all = buffer(inputs.length * form.inputs());
        for (float[] input : inputs) {
            all.put(input);
        }
        return matrix(scope, all.flip(), inputs.length);
    }

    private static NDArray vector(NDManager scope, float[] values) {
        return TorchModule.array(scope, direct(values), DataType.FLOAT32, new Shape(values.length));
    }

    private static NDArray matrix(NDManager scope, FloatBuffer values, int rows) {
        return TorchModule.array(scope, values, DataType.FLOAT32, new Shape(rows, values.remaining() / rows));
    }

    private static FloatBuffer direct(float[] values) {
        return buffer(values.length).put(values).flip();
    }

    private static FloatBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
