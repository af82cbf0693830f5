package dev.sluice.train;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import java.util.Arrays;

/** Reads the final-norm states of texts, in one lane that keeps what consecutive texts share. One thread. */
final class StateReader implements AutoCloseable {
    private final CausalModel model;
    private final ModelSession session;
    private int[] committed = {};

    StateReader(CausalModel model) {
        this.model = model;
        this.session = model.open();
    }

    /**
     * The states behind each token of a continuation.
     *
     * @param context what comes before, at least one token
     * @param continuation the text, at least one token
     * @return {@code [continuation, width]}
     */
    float[][] states(int[] context, int[] continuation) {
        int[] all = Arrays.copyOf(context, context.length + continuation.length);
        System.arraycopy(continuation, 0, all, context.length, continuation.length);
        int mismatch = Arrays.mismatch(committed, all);
        int shared = Math.min(mismatch < 0 ? all.length : mismatch, context.length);
        session.truncate(shared);
        if (!session.reserve(all.length - shared)) {
            throw new IllegalStateException("a text of " + all.length
                    + " tokens needs more memory for keys and values; raise sluice.model.kv-memory");
        }
        float[][] states = new float[continuation.length][];
        ChunkReader.read(model, session, all, context.length, (pass, first, path) -> {
            for (int row = 0; row < pass.rows(); row++) {
                states[first + row - context.length] = pass.hidden(row);
            }
        });
        committed = all;
        return states;
    }

    @Override
    public void close() {
        session.close();
    }
}
