package dev.sluice.model.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model on PyTorch. A pass over all segments is one call into the engine.
 *
 * <p>Logits depend on the logical prefix alone, bit for bit, where the machine's kernels allow it: attention is laid out by
 * logical position in blocks of 64, one partial sum a block, added in order. One thread at a time.
 */
public final class TorchModel implements CausalModel {
    /** Most nodes of one segment; matrix products in bfloat16 give the same bits up to here. */
    public static final int MAX_SEGMENT = 64;
    /** Most nodes of one call into the engine, but in bfloat16; a larger pass is several calls. */
    static final int MAX_CALL = 256;

    private static final int MASKS = 256;

    private final TorchModule module;
    private final NDManager lifetime;
    private final ModelShape shape;
    private final Embedding embedding;
    private final KvPool pool;
    private final KvRows rows;
    private final MaskCache masks;
    private final int mostOfCall;
    private final NetworkCache networks;
    private List<Integer> watched = List.of();
    private final Set<TorchSession> sessions = new LinkedHashSet<>();
    private ModelDescription description;
    private long @Nullable [] passTimes;
    private MachineProfile profile = new MachineProfile(1, MachineProfile.DEFAULT_SPIN_COUNT);
    private boolean closed;

    private TorchModel(
            TorchModule module, ModelShape shape, Embedding embedding, KvPool pool, ModelDescription description) {
        this.module = module;
        this.lifetime = module.scope();
        this.shape = shape;
        this.embedding = embedding;
        this.pool = pool;
        this.rows = new KvRows(pool.pages() + KvPool.SCRATCH_PAGES, shape.kvHeads());
        this.masks = new MaskCache(lifetime, paddedVocabulary(shape), MASKS);
        this.networks = new NetworkCache(lifetime);
        this.mostOfCall = description.precision().equals(Precision.BFLOAT16.toString()) ? MAX_SEGMENT : MAX_CALL;
        this.description = description;
    }

    /**
     * Loads a model; seconds, and some more the first time on a machine.
     *
     * @param file a GGUF file, or a folder with {@code config.json} and safetensors files
     * @throws dev.sluice.model.ModelFileException where the file cannot be used
     */
    public static TorchModel load(Path file, TorchOptions options, LoadProgress progress) {
        return TorchThread.call(() -> TorchLoader.load(file, options, progress));
    }

    /** Builds the model around a module whose weights are read; takes ownership of the module. */
    static TorchModel of(
            TorchModule module, WeightSource source, ModelShape shape, KvPool pool, ModelDescription description) {
        TensorInfo table = source.tensor(WeightCheck.EMBEDDING);
        Embedding embedding = new Embedding(table, source.data(table), shape.embeddingScale());
        return new TorchModel(module, shape, embedding, pool, description);
    }

    @Override
    public ModelDescription description() {
        return description;
    }

    /** How native threads are used. */
    public MachineProfile profile() {
        return profile;
    }

    @Override
    public ModelSession open() {
        return opened(null);
    }

    @Override
    public ModelSession open(CacheScope scope) {
        return opened(scope);
    }

    private ModelSession opened(@Nullable CacheScope scope) {
        requireOpen();
        TorchSession session = new TorchSession(this, pool, scope);
        sessions.add(session);
        return session;
    }

    @Override
    public int freePositions() {
        return pool.free() * KvPool.PAGE;
    }

    @Override
    public int totalPositions() {
        return pool.pages() * KvPool.PAGE;
    }

    @Override
    public int maxSegment() {
        return MAX_SEGMENT;
    }

    @Override
    public int maxTreeNodes() {
        return KvPool.SCRATCH_PAGES * KvPool.PAGE;
    }

    @Override
    public Pass forward(List<Segment> segments) {
        requireOpen();
        check(segments);
        return TorchThread.call(() -> run(segments));
    }

    @Override
    public void watch(List<Integer> layers) {
        requireOpen();
        if (!sessions.isEmpty()) {
            throw new IllegalStateException(
                    "blocks are named before the first lane is opened, but there are " + sessions.size() + " lanes");
        }
        int most = shape.layers().size();
        for (int layer : layers) {
            if (layer < 1 || layer > most) {
                throw new IllegalArgumentException(
                        "the model has the blocks 1 to " + most + ", but was asked to watch block " + layer);
            }
        }
        watched = List.copyOf(layers);
        long[] indices = layers.stream().mapToLong(layer -> layer - 1).toArray();
        TorchThread.run(() -> module.callForLong("watch", IValue.listFrom(indices)));
    }

    /** Blocks that are watched, counted from 1. */
    List<Integer> watched() {
        return watched;
    }

    /** Numbers in a hidden state. */
    int width() {
        return shape.width();
    }

    private Pass run(List<Segment> segments) {
        NDManager scope = module.scope();
        boolean done = false;
        try {
            List<NDArray> logits = new ArrayList<>();
            List<NDArray> hidden = new ArrayList<>();
            int scratch = pool.scratch() * KvPool.PAGE;
            for (int from = 0, to; from < segments.size(); from = to) {
                int nodes = 0;
                for (to = from; to < segments.size(); to++) {
                    int more = segments.get(to).tokens().length;
                    if (to > from && nodes + more > mostOfCall) {
                        break;
                    }
                    nodes += more;
                }
                NDArray[] rowsOfCall = call(scope, segments.subList(from, to), scratch);
                scratch += scattered(segments.subList(from, to));
                logits.add(rowsOfCall[0]);
                hidden.add(rowsOfCall[1]);
            }
            Pass pass = new TorchPass(
                    module, masks, networks, scope, joined(scope, logits), joined(scope, hidden), shape.vocabulary());
            done = true;
            return pass;
        } finally {
            if (!done) {
                scope.close();
                sessions.forEach(TorchSession::forgetUnsettled);
            }
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            List.copyOf(sessions).forEach(TorchSession::close);
            TorchThread.run(() -> {
                lifetime.close();
                module.close();
            });
        }
    }

    /** A session was closed. */
    void closed(TorchSession session) {
        sessions.remove(session);
    }

    /** Records what passes cost. */
    void passTimes(long[] measured) {
        passTimes = measured.clone();
    }

    @Override
    public long @Nullable [] passTimes() {
        return passTimes == null ? null : passTimes.clone();
    }

    /** Records how native threads are used. */
    void profile(MachineProfile found) {
        profile = found;
    }

    /** Records what the check of exactness found. */
    void identity(Identity identity) {
        description = new ModelDescription(
                description.name(),
                description.vocabularySize(),
                description.contextLength(),
                description.precision(),
                description.device(),
                identity,
                description.fingerprint());
    }

    /** Tokens of a row on the device. */
    static int paddedVocabulary(ModelShape shape) {
        return shape.vocabulary() + Math.floorMod(-shape.vocabulary(), LlamaWeights.ROW_BLOCK);
    }

    private NDArray[] call(NDManager scope, List<Segment> segments, int scratch) {
        List<TorchSession> settling =
                sessions.stream().filter(s -> s.pendingTo().length > 0).toList();
        int copies = settling.stream().mapToInt(s -> s.pendingTo().length).sum();
        int[] from = new int[copies];
        int[] to = new int[copies];
        int at = 0;
        for (TorchSession session : settling) {
            for (int i = 0; i < session.pendingTo().length; i++) {
                from[at] = session.pendingFrom()[i];
                to[at++] = session.place(session.pendingTo()[i]);
            }
        }
        PassPlan plan = new PassPlan(rows, segments, from, to, scratch);
        NDArray[] result;
        try (NDManager brief = module.scope()) {
            int nodes = plan.tokens().length;
            FloatBuffer embedded = ByteBuffer.allocateDirect(nodes * shape.width() * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            for (int token : plan.tokens()) {
                embedding.row(token, embedded, shape.width());
            }
            NDArray x = TorchModule.array(brief, embedded.flip(), DataType.FLOAT32, new Shape(nodes, shape.width()));
            result = module.call(
                    scope,
                    "forward",
                    TorchModule.tensor(x),
                    TorchModule.integers(brief, plan.integers()),
                    IValue.listFrom(plan.sizes()),
                    IValue.listFrom(plan.jobs()),
                    IValue.listFrom(plan.runs()));
        }
        float[] states = watched.isEmpty() ? new float[0] : result[2].toFloatArray();
        result[2].close();
        settling.forEach(TorchSession::settled);
        for (int s = 0; s < segments.size(); s++) {
            Segment segment = segments.get(s);
            float[][] seen = states(states, plan.firstNode(s), segment.tokens().length);
            ((TorchSession) segment.session()).ran(segment, plan.scratch(s), seen);
        }
        return result;
    }

    private float[][] states(float[] all, int first, int nodes) {
        int wide = watched.size() * shape.width();
        float[][] states = new float[wide == 0 ? 0 : nodes][];
        Arrays.setAll(states, node -> Arrays.copyOfRange(all, (first + node) * wide, (first + node + 1) * wide));
        return states;
    }

    private NDArray joined(NDManager scope, List<NDArray> parts) {
        return parts.size() == 1 ? parts.get(0) : module.call(scope, "join", TorchModule.tensors(parts))[0];
    }

    private void check(List<Segment> segments) {
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("a pass needs at least one segment, but was given none");
        }
        Set<ModelSession> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Segment segment : segments) {
            int nodes = segment.tokens().length;
            if (nodes < 1 || nodes > MAX_SEGMENT || segment.parents().length != nodes) {
                throw new IllegalArgumentException("a segment has 1 to " + MAX_SEGMENT
                        + " nodes with a parent each, but has " + nodes + " tokens and " + segment.parents().length
                        + " parents; split a prompt into chunks");
            }
            if (segment.firstRow() < 0 || segment.firstRow() > nodes) {
                throw new IllegalArgumentException("the first row of a segment of " + nodes + " nodes is 0 to " + nodes
                        + ", but was given as " + segment.firstRow());
            }
            for (int i = 0; i < nodes; i++) {
                if (segment.parents()[i] < -1 || segment.parents()[i] >= i) {
                    throw new IllegalArgumentException(
                            "parents come before children, but node " + i + " has the parent " + segment.parents()[i]);
                }
                if (segment.tokens()[i] < 0 || segment.tokens()[i] >= shape.vocabulary()) {
                    throw new IllegalArgumentException("tokens are 0 to " + (shape.vocabulary() - 1) + ", but node " + i
                            + " has " + segment.tokens()[i]);
                }
            }
            if (!(segment.session() instanceof TorchSession session) || session.model() != this) {
                throw new IllegalArgumentException("a segment's session must come from this model");
            }
            if (!seen.add(session)) {
                throw new IllegalArgumentException("a pass takes one segment a session, but was given two");
            }
            session.check(segment);
        }
        int scattered = scattered(segments);
        if (scattered > maxTreeNodes()) {
            throw new IllegalArgumentException("the trees of a pass have at most " + maxTreeNodes()
                    + " nodes, but have " + scattered + "; make them smaller");
        }
    }

    /** Nodes that lie in scratch places until they are accepted: those of trees that branch. */
    private static int scattered(List<Segment> segments) {
        return segments.stream()
                .filter(segment -> !PassPlan.isChain(segment))
                .mapToInt(segment -> segment.tokens().length)
                .sum();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed; load it again");
        }
    }

    /** The device of a name such as {@code cpu} or {@code cuda:0}. */
    static Device device(String name) {
        return name.equals("cpu") ? Device.cpu() : Device.gpu(Integer.parseInt(name.substring(5)));
    }
}
