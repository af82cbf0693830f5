package dev.sluice.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A causal language model, shared by all sessions. One thread, the engine loop, calls it.
 *
 * <p>Owns the weights and the pool of KV pages; sessions and passes come from it and are closed before it.
 */
public interface CausalModel extends AutoCloseable {
    /** What the model is. */
    ModelDescription description();

    /** Opens an empty KV lane; it holds no pages until something is committed or reserved, and shares none. */
    ModelSession open();

    /**
     * Opens an empty KV lane whose full pages other lanes of the scope may {@linkplain ModelSession#adopt adopt}, now and
     * after it is closed, until their memory is needed. A model that keeps no pages opens a plain lane.
     */
    default ModelSession open(CacheScope scope) {
        return open();
    }

    /** KV positions not held by any session, in tokens (whole pages); those kept for later sessions among them. */
    int freePositions();

    /** KV positions of the whole pool, in tokens. */
    int totalPositions();

    /** KV positions of a page, in tokens: lanes hold and share whole pages. */
    default int pageSize() {
        return 64;
    }

    /** Most tokens that one segment of a pass may hold. */
    int maxSegment();

    /** Most tokens that the segments of a pass that branch may hold together. */
    int maxTreeNodes();

    /**
     * Runs one pass over the segments of all running sessions.
     *
     * <p>The caller has {@linkplain ModelSession#reserve reserved} room for each segment. The pass owns its rows on the
     * device until it is closed; nothing is committed to a session before {@link ModelSession#commit}.
     *
     * @param segments at most one a session; at least one in all
     */
    Pass forward(List<Segment> segments);

    /**
     * Keeps, for every lane opened from now on, what {@link ModelSession#meanState} tells of some blocks. A few
     * microseconds a pass. Called before the first lane is opened.
     *
     * @param layers numbers of blocks, counted from 1, ascending
     */
    default void watch(List<Integer> layers) {
        if (!layers.isEmpty()) {
            throw new UnsupportedOperationException(
                    "this model tells nothing of hidden states; it cannot watch the blocks " + layers);
        }
    }

    /**
     * Times of passes of 1, 2, 4, 8, 16 and 32 tokens of one session with a row for each, in nanoseconds, as measured when
     * the model was loaded; null where they were not.
     */
    default long @Nullable [] passTimes() {
        return null;
    }

    @Override
    void close();
}
