package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.FeedForward;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;

/** The rows of one pass: logits and hidden states in a scope that is closed with it. */
final class TorchPass implements Pass {
    /** Candidates of each row that come back. */
    static final int BEST = 64;

    private final TorchModule module;
    private final MaskCache masks;
    private final NetworkCache networks;
    private final NDManager scope;
    private final NDArray logits;
    private final NDArray hidden;
    private final int rows;
    private final int vocabulary;
    private boolean closed;

    /**
     * Takes ownership of the scope.
     *
     * @param logits {@code [rows, padded vocabulary]}, float32 or bfloat16
     * @param hidden {@code [rows, width]}, float32
     */
    TorchPass(
            TorchModule module,
            MaskCache masks,
            NetworkCache networks,
            NDManager scope,
            NDArray logits,
            NDArray hidden,
            int vocabulary) {
        this.module = module;
        this.masks = masks;
        this.networks = networks;
        this.scope = scope;
        this.logits = logits;
        this.hidden = hidden;
        this.rows = Math.toIntExact(hidden.getShape().get(0));
        this.vocabulary = vocabulary;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public List<RankedRow> rank(List<RowQuery> queries) {
        requireOpen();
        if (queries.size() != rows) {
            throw new IllegalArgumentException(
                    "a pass of " + rows + " rows takes one query a row, but was given " + queries.size() + " queries");
        }
        if (rows == 0) {
            return List.of();
        }
        queries.forEach(this::check);
        return TorchThread.call(() -> ranked(queries));
    }

    private List<RankedRow> ranked(List<RowQuery> queries) {
        int width = Math.toIntExact(logits.getShape().get(1));
        RankCall call = new RankCall(queries, width, BEST);
        try (NDManager brief = module.scope()) {
            long[] integers = call.integerSizes();
            long[] numbers = call.numberSizes();
            NDArray packed = module.call(
                            brief,
                            "rank",
                            TorchModule.tensor(logits),
                            TorchModule.integers(brief, call.integers()),
                            TorchModule.numbers(brief, call.numbers()),
                            IValue.listFrom(integers),
                            IValue.listFrom(numbers),
                            TorchModule.tensors(
                                    call.masks().stream().map(masks::get).toList()),
                            IValue.from(BEST))[0];
            return call.unpack(packed.toFloatArray());
        } finally {
            masks.trim();
        }
    }

    @Override
    public float[] logits(int row) {
        return row(logits, row, vocabulary);
    }

    @Override
    public float[] logits(int row, int[] tokens) {
        requireOpen();
        checkRow(row);
        checkTokens(tokens);
        LongBuffer wanted = ByteBuffer.allocateDirect(tokens.length * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        for (int token : tokens) {
            wanted.put(token);
        }
        return TorchThread.call(() -> {
            try (NDManager brief = module.scope()) {
                return module
                        .call(
                                brief,
                                "some",
                                TorchModule.tensor(logits),
                                IValue.from(row),
                                TorchModule.integers(brief, wanted.flip()))[0]
                        .toFloatArray();
            }
        });
    }

    @Override
    public float[] hidden(int row) {
        return row(hidden, row, Math.toIntExact(hidden.getShape().get(1)));
    }

    @Override
    public float[][] apply(FeedForward network) {
        requireOpen();
        int width = Math.toIntExact(hidden.getShape().get(1));
        if (network.inputs() != width) {
            throw new IllegalArgumentException("a network over hidden states reads " + width
                    + " numbers, but this one reads " + network.inputs() + "; it was made for another model");
        }
        if (rows == 0) {
            return new float[0][];
        }
        return TorchThread.call(() -> {
            try (NDManager brief = module.scope()) {
                float[] flat = module
                        .call(brief, "judge", TorchModule.tensor(hidden), TorchModule.tensors(networks.get(network)))[0]
                        .toFloatArray();
                float[][] out = new float[rows][];
                Arrays.setAll(
                        out, row -> Arrays.copyOfRange(flat, row * network.outputs(), (row + 1) * network.outputs()));
                return out;
            }
        });
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            TorchThread.later(scope::close);
        }
    }

    private float[] row(NDArray array, int row, int width) {
        requireOpen();
        checkRow(row);
        return TorchThread.call(() -> {
            try (NDManager brief = module.scope()) {
                return module.call(brief, "row", TorchModule.tensor(array), IValue.from(row), IValue.from(width))[0]
                        .toFloatArray();
            }
        });
    }

    private void checkRow(int row) {
        if (row < 0 || row >= rows) {
            throw new IllegalArgumentException(
                    "a pass of " + rows + " rows has no row " + row + "; give 0 to " + (rows - 1));
        }
    }

    private void check(RowQuery query) {
        if (query.repetition().length != query.editTokens().length || query.add().length != query.editTokens().length) {
            throw new IllegalArgumentException("edits need one penalty and one summand a token, but have "
                    + query.editTokens().length + " tokens, " + query.repetition().length + " penalties and "
                    + query.add().length + " summands");
        }
        if (!(query.temperature() > 0)) {
            throw new IllegalArgumentException(
                    "a temperature is positive, but was given as " + query.temperature() + "; give 1 for greedy");
        }
        checkTokens(query.editTokens());
        checkTokens(query.gather());
    }

    private void checkTokens(int[] tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "tokens are 0 to " + (vocabulary - 1) + ", but a query names " + token);
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the pass is closed; its rows are gone");
        }
    }
}
