package dev.sluice.model;

/**
 * The KV cache of one lane: the committed tokens of one context. One owner, one thread.
 *
 * <p>Positions are logical: a token's keys and values depend on its prefix alone, so that committing, going back and
 * committing again gives the same bits.
 */
public interface ModelSession extends AutoCloseable {
    /** Committed tokens. */
    int length();

    /**
     * Commits, without a pass, as many of a context's tokens as lie in full pages of the lane's scope, all but the last
     * token at most: a pass has to give its row. Nothing happens where there are none, or the lane has no scope.
     *
     * @param context the committed tokens and those that are to follow
     */
    default void adopt(int[] context) {}

    /**
     * Makes sure that the committed tokens and {@code more} further ones have pages.
     *
     * @return false, with nothing changed, where the pool lacks the pages
     */
    boolean reserve(int more);

    /**
     * Commits tokens of the last pass: those of this session's segment at {@code path}, in order, each the parent of
     * the next and the first a child of the committed prefix. The other nodes are forgotten.
     */
    void commit(int[] path);

    /** Goes back to the first {@code length} committed tokens; pages behind them are given back. */
    void truncate(int length);

    /**
     * The mean, over the committed tokens and those of the last pass at {@code path}, of the hidden state behind a watched
     * block: the same bits however the tokens were cut into passes, and whatever of them was adopted. Not to be asked of a
     * lane that went back into what it had shared.
     *
     * @param layer a block that the model {@linkplain CausalModel#watch watches}
     * @param path as for {@link #commit}; nothing is committed
     * @return [width]
     */
    default float[] meanState(int layer, int[] path) {
        throw new UnsupportedOperationException("this model tells nothing of hidden states");
    }

    /** Gives all pages back; those of a scope stay in its lanes' reach until their memory is needed. Idempotent. */
    @Override
    void close();
}
