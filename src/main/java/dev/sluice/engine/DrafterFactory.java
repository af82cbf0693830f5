package dev.sluice.engine;

import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.model.CacheScope;
import java.util.List;

/** Makes the drafter of one choice. Any thread. */
@FunctionalInterface
interface DrafterFactory extends AutoCloseable {
    /**
     * The drafter of one choice.
     *
     * @param scope whose request it is, and what keeps it apart from their others
     * @param names of the drafters it merges
     * @param noise the noise of the choice
     * @param promptLength tokens before the answer
     * @throws IllegalArgumentException if a name is unknown, listing those that are known
     */
    Drafter create(CacheScope scope, List<String> names, DraftNoise noise, int promptLength);

    /** Frees what the drafters share, once all have finished. Engine loop only; idempotent. */
    @Override
    default void close() {}
}
