package dev.sluice.model.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.safetensors.LoraFolder;
import dev.sluice.model.torch.TorchScriptArchive.Attribute;
import dev.sluice.model.torch.TorchScriptArchive.Initial;
import dev.sluice.model.weights.AdaptedWeights;
import dev.sluice.model.weights.FirstLayers;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.Rope;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Loads a {@link TorchModel}: engine, weights, KV pool, threads, check of exactness. */
final class TorchLoader {
    /** Numbers of a layer in the module's plan. */
    private static final int PLAN = 2 + LlamaWeights.MATRICES;

    private final TorchOptions options;
    private final LoadProgress progress;
    private final MachineCache cache;
    private final TorchRuntime runtime;
    private final int spinCount;

    private TorchLoader(TorchOptions options, LoadProgress progress) {
        this.options = options;
        this.progress = progress;
        cache = new MachineCache(options.home());
        Integer given = options.spinCount();
        spinCount = given == null ? MachineProfile.DEFAULT_SPIN_COUNT : given;
        runtime = TorchRuntime.load(options.home(), spinCount);
    }

    static TorchModel load(Path path, TorchOptions options, LoadProgress progress) {
        try (WeightSource source = ModelFormat.of(path).weights(path)) {
            WeightCheck.verify(source);
            return new TorchLoader(options, progress)
                    .load(options.layers() == 0 ? source : new FirstLayers(source, options.layers()));
        }
    }

    /** The module's archive: the text, and attributes that its {@code load} fills. */
    static byte[] archive() {
        return TorchScriptArchive.of(
                "llama.py",
                "Llama",
                new Attribute("training", Initial.BOOLEAN),
                new Attribute("weights", Initial.TENSORS),
                new Attribute("cache", Initial.TENSORS),
                new Attribute("tables", Initial.TENSORS),
                new Attribute("extras", Initial.TENSORS),
                new Attribute("packed", Initial.PACKED),
                new Attribute("shape", Initial.INTEGERS),
                new Attribute("plan", Initial.INTEGERS),
                new Attribute("watched", Initial.INTEGERS),
                new Attribute("scales", Initial.NUMBERS));
    }

    /** Loads a checked model and merges the adapters into it; the precision is that of the model alone. */
    private TorchModel load(WeightSource stored) {
        Device device = TorchModel.device(options.device());
        Precision precision = options.precision().chosenFor(stored, !device.isGpu());
        if (device.isGpu() && (precision == Precision.INT4 || precision == Precision.INT8)) {
            throw new IllegalArgumentException("the precision " + precision + " runs on a cpu only, but the device is "
                    + options.device() + "; use bfloat16 or float32");
        }
        AdaptedWeights source = new AdaptedWeights(
                stored,
                options.adapters().stream()
                        .map(folder -> LoraFolder.read(folder, stored))
                        .toList());
        ModelShape shape = source.shape();
        String files = Fingerprint.of(source.files(), cache, progress);
        String fingerprint = options.layers() == 0 ? files : files + "-" + options.layers();
        KvPool pool = new KvPool(pages(shape));
        TorchModule module = new TorchModule(archive(), device);
        boolean loaded = false;
        try {
            int context = Math.min(options.maxContext(), shape.context());
            fill(module, source, shape, precision, pool, positions(shape, pool, context));
            ModelDescription description = new ModelDescription(
                    options.name(),
                    shape.vocabulary(),
                    context,
                    precision.toString(),
                    options.device(),
                    Identity.UP_TO_ROUNDING,
                    fingerprint);
            TorchModel model = finish(module, source, shape, pool, description, device);
            loaded = true;
            return model;
        } finally {
            if (!loaded) {
                module.close();
            }
        }
    }

    /** Hands weights, tables and extents to the module, which keeps them and allocates the KV pool. */
    private void fill(
            TorchModule module,
            AdaptedWeights source,
            ModelShape shape,
            Precision precision,
            KvPool pool,
            int positions) {
        try (NDManager scope = module.scope()) {
            LlamaWeights weights = new LlamaWeights(source, shape, precision, module, scope, progress);
            weights.read();
            List<NDArray> ropes = new ArrayList<>();
            for (Rope rope : shape.ropes()) {
                ropes.add(TorchModule.array(
                        scope,
                        rotations(rope, positions),
                        DataType.FLOAT32,
                        new Shape(positions, shape.headWidth() / 2, 2)));
            }
            NDArray control = TorchModule.array(
                    scope, control(shape), DataType.FLOAT32, new Shape(TorchModel.paddedVocabulary(shape)));
            module.callForLong(
                    "load",
                    TorchModule.tensors(weights.weights()),
                    TorchModule.tensors(weights.extras()),
                    TorchModule.tensors(ropes),
                    TorchModule.tensor(control),
                    IValue.listFrom(
                            (long) shape.layers().size(),
                            shape.heads(),
                            shape.kvHeads(),
                            shape.headWidth(),
                            (long) pool.pages() + KvPool.SCRATCH_PAGES,
                            (long) PLAN,
                            weights.modes().get(shape.layers().size() * LlamaWeights.MATRICES),
                            shape.family().biases() ? 1 : 0,
                            shape.family().headNorms() ? 1 : 0,
                            shape.family().gemma() ? 1 : 0,
                            shape.window()),
                    IValue.listFrom(plan(shape, weights)),
                    IValue.listFrom(
                            shape.extents().epsilon(), shape.queryScale(), shape.attentionCap(), shape.logitCap()));
        }
    }

    /** Of each layer its rotary embedding, whether it is windowed, and the modes of its four matrices. */
    private static long[] plan(ModelShape shape, LlamaWeights weights) {
        long[] plan = new long[shape.layers().size() * PLAN];
        for (int layer = 0; layer < shape.layers().size(); layer++) {
            ModelShape.Layer own = shape.layers().get(layer);
            plan[layer * PLAN] = own.rope();
            plan[layer * PLAN + 1] = own.windowed() ? 1 : 0;
            for (int matrix = 0; matrix < LlamaWeights.MATRICES; matrix++) {
                plan[layer * PLAN + 2 + matrix] = weights.modes().get(layer * LlamaWeights.MATRICES + matrix);
            }
        }
        return plan;
    }

    private TorchModel finish(
            TorchModule module,
            WeightSource source,
            ModelShape shape,
            KvPool pool,
            ModelDescription description,
            Device device) {
        TorchModel model = TorchModel.of(module, source, shape, pool, description);
        Integer given = options.threads();
        if (given != null) {
            runtime.threads(given);
        } else if (!device.isGpu()) {
            runtime.threads(threads(model));
        }
        model.profile(new MachineProfile(runtime.threads(), spinCount));
        model.passTimes(passTimes(model));
        if (!device.isGpu() && runtime.reproducible()) {
            model.identity(identity(model));
        }
        return model;
    }

    /** The best number of threads for this model, measured once per machine. */
    private int threads(TorchModel model) {
        int processors = Runtime.getRuntime().availableProcessors();
        String key = String.join(
                "\n",
                TorchRuntime.processor(),
                runtime.identity(),
                processors + " processors, spin " + spinCount,
                model.description().fingerprint(),
                model.description().precision());
        Optional<Integer> kept = cache.read("threads", key).map(Integer::valueOf);
        if (kept.isPresent()) {
            return kept.get();
        }
        int found = new ThreadTrial(model, runtime, progress)
                .best(Integer.highestOneBit(Math.min(MachineProfile.MOST_THREADS, processors)));
        cache.write("threads", key, Integer.toString(found));
        return found;
    }

    /** Times of passes by their size, measured once per machine. */
    private long[] passTimes(TorchModel model) {
        ModelDescription d = model.description();
        String key = String.join(
                "\n",
                TorchRuntime.processor(),
                runtime.identity(),
                "threads " + runtime.threads() + ", spin " + spinCount + ", text " + MachineCache.digest(archive()),
                d.fingerprint(),
                d.precision(),
                d.device());
        Optional<long[]> kept = cache.read("passes", key)
                .map(text -> Arrays.stream(text.split(" "))
                        .mapToLong(Long::parseLong)
                        .toArray())
                .filter(times -> times.length == PassTrial.SIZES.size());
        if (kept.isPresent()) {
            return kept.get();
        }
        long[] found = PassTrial.nanos(model);
        cache.write("passes", key, Arrays.stream(found).mapToObj(Long::toString).collect(Collectors.joining(" ")));
        return found;
    }

    private Identity identity(TorchModel model) {
        ModelDescription d = model.description();
        String key = String.join(
                "\n",
                TorchRuntime.processor(),
                runtime.identity(),
                "check " + ExactnessCheck.EDITION + ", threads " + runtime.threads() + ", text "
                        + MachineCache.digest(archive()),
                d.fingerprint(),
                d.precision());
        Optional<String> kept = cache.read("exactness", key);
        if (kept.isPresent()) {
            return Identity.valueOf(kept.get());
        }
        Identity found = new ExactnessCheck(model, progress).passes() ? Identity.EXACT : Identity.UP_TO_ROUNDING;
        cache.write("exactness", key, found.name());
        return found;
    }

    private int pages(ModelShape shape) {
        long page = shape.bytesPerPosition() * KvPool.PAGE;
        long pages = options.kvBytes() / page - KvPool.SCRATCH_PAGES;
        if (pages < 1) {
            throw new IllegalArgumentException("the KV pool needs at least " + page * (KvPool.SCRATCH_PAGES + 1)
                    + " bytes for this model, but may take " + options.kvBytes() + "; raise the bound");
        }
        return Math.toIntExact(Math.min(pages, 1 << 20));
    }

    /** Positions of the rotary tables; throws where one buffer cannot hold a table of them. */
    private static int positions(ModelShape shape, KvPool pool, int context) {
        int positions = Math.min(context, pool.pages() * KvPool.PAGE);
        int most = Integer.MAX_VALUE / Float.BYTES / shape.headWidth();
        if (positions > most) {
            throw new IllegalArgumentException("a context of this model, with heads of " + shape.headWidth()
                    + ", may have at most " + most + " tokens, but has " + positions
                    + "; lower sluice.engine.max-context");
        }
        return positions;
    }

    /** Cosine and sine of each position and pair, {@code [positions, headWidth / 2, 2]}. */
    private static FloatBuffer rotations(Rope rope, int positions) {
        FloatBuffer out =
                floats(Math.multiplyExact(positions * 2, rope.frequencies().size()));
        for (int position = 0; position < positions; position++) {
            for (double frequency : rope.frequencies()) {
                double angle = position * frequency;
                out.put((float) (rope.magnitude() * Math.cos(angle)));
                out.put((float) (rope.magnitude() * Math.sin(angle)));
            }
        }
        return out.flip();
    }

    /** What is added to each logit: −∞ for control tokens and padding, else 0. */
    private FloatBuffer control(ModelShape shape) {
        BitSet masked = options.controlTokens();
        masked.set(shape.vocabulary(), TorchModel.paddedVocabulary(shape));
        FloatBuffer out = floats(TorchModel.paddedVocabulary(shape));
        for (int token = 0; out.hasRemaining(); token++) {
            out.put(masked.get(token) ? Float.NEGATIVE_INFINITY : 0);
        }
        return out.flip();
    }

    private static FloatBuffer floats(int size) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(size, Float.BYTES))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
