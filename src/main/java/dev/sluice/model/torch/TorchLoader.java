package dev.sluice.model.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.torch.TorchScriptArchive.Attribute;
import dev.sluice.model.torch.TorchScriptArchive.Initial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Loads a {@link TorchModel}: engine, weights, KV pool, threads, check of exactness. */
final class TorchLoader {
    private final Path path;
    private final TorchOptions options;
    private final LoadProgress progress;
    private final MachineCache cache;
    private final TorchRuntime runtime;
    private final int spinCount;

    private TorchLoader(Path path, TorchOptions options, LoadProgress progress) {
        this.path = path;
        this.options = options;
        this.progress = progress;
        cache = new MachineCache(options.home());
        Integer given = options.spinCount();
        spinCount = given == null ? MachineProfile.DEFAULT_SPIN_COUNT : given;
        runtime = TorchRuntime.load(options.home(), spinCount);
    }

    static TorchModel load(Path path, TorchOptions options, LoadProgress progress) {
        try (GgufFile file = GgufFile.open(path)) {
            LlamaShape shape = LlamaShape.of(file);
            return new TorchLoader(path, options, progress).load(file, shape);
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
                new Attribute("shape", Initial.INTEGERS),
                new Attribute("eps", Initial.NUMBER));
    }

    private TorchModel load(GgufFile file, LlamaShape shape) {
        Device device = TorchModel.device(options.device());
        Precision precision = options.precision() == Precision.AUTO
                ? LlamaWeights.automatic(file, !device.isGpu())
                : options.precision();
        if (device.isGpu() && (precision == Precision.INT4 || precision == Precision.INT8)) {
            throw new IllegalArgumentException("the precision " + precision + " runs on a cpu only, but the device is "
                    + options.device() + "; use bfloat16 or float32");
        }
        String fingerprint = Fingerprint.of(path, cache, progress);
        KvPool pool = new KvPool(pages(shape));
        TorchModule module = new TorchModule(archive(), device);
        boolean loaded = false;
        try {
            int context = Math.min(options.maxContext(), shape.context());
            fill(module, file, shape, precision, pool, context);
            ModelDescription description = new ModelDescription(
                    options.name(),
                    shape.vocabulary(),
                    context,
                    precision.toString(),
                    options.device(),
                    Identity.UP_TO_ROUNDING,
                    fingerprint);
            TorchModel model = finish(module, file, shape, pool, description, device);
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
            TorchModule module, GgufFile file, LlamaShape shape, Precision precision, KvPool pool, int context) {
        Precision output = precision == Precision.INT4 ? Precision.INT8 : precision;
        try (NDManager scope = module.scope()) {
            List<NDArray> weights = LlamaWeights.read(file, shape, precision, module, scope, progress);
            NDArray rope = TorchModule.array(
                    scope, rotations(shape, context), DataType.FLOAT32, new Shape(context, shape.headWidth() / 2, 2));
            NDArray control = TorchModule.array(
                    scope, control(shape), DataType.FLOAT32, new Shape(TorchModel.paddedVocabulary(shape)));
            module.callForLong(
                    "load",
                    TorchModule.tensors(weights),
                    TorchModule.tensor(rope),
                    TorchModule.tensor(control),
                    IValue.listFrom(
                            (long) shape.layers(),
                            shape.heads(),
                            shape.kvHeads(),
                            shape.headWidth(),
                            (long) pool.pages() + KvPool.SCRATCH_PAGES,
                            LlamaWeights.mode(precision),
                            LlamaWeights.mode(output)),
                    IValue.from(shape.epsilon()));
        }
    }

    private TorchModel finish(
            TorchModule module,
            GgufFile file,
            LlamaShape shape,
            KvPool pool,
            ModelDescription description,
            Device device) {
        TorchModel model = TorchModel.of(module, file, shape, pool, description);
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
                "threads " + runtime.threads() + ", text " + MachineCache.digest(archive()),
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

    private int pages(LlamaShape shape) {
        long page = shape.bytesPerPosition() * KvPool.PAGE;
        long pages = options.kvBytes() / page - KvPool.SCRATCH_PAGES;
        if (pages < 1) {
            throw new IllegalArgumentException("the KV pool needs at least " + page * (KvPool.SCRATCH_PAGES + 1)
                    + " bytes for this model, but may take " + options.kvBytes() + "; raise the bound");
        }
        return Math.toIntExact(Math.min(pages, 1 << 20));
    }

    /** Cosine and sine of each position and pair, {@code [context, headWidth / 2, 2]}. */
    private static FloatBuffer rotations(LlamaShape shape, int context) {
        int pairs = shape.headWidth() / 2;
        FloatBuffer out = floats(context * pairs * 2);
        for (int position = 0; position < context; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                double angle = position * Math.pow(shape.ropeBase(), -2.0 * pair / shape.headWidth());
                out.put((float) Math.cos(angle)).put((float) Math.sin(angle));
            }
        }
        return out.flip();
    }

    /** What is added to each logit: −∞ for control tokens and padding, else 0. */
    private FloatBuffer control(LlamaShape shape) {
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
