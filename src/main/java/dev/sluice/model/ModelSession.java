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

    /** Gives all pages back; those of a scope stay in its lanes' reach until their memory is needed. Idempotent. */
    @Override
    void close();
}
