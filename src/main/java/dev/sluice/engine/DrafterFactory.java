package dev.sluice.engine;

import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import java.util.List;

/** Makes the drafter of one choice. Any thread. */
@FunctionalInterface
interface DrafterFactory {
    /**
     * The drafter of one choice.
     *
     * @param tenant whose request it is
     * @param names of the drafters it merges
     * @param noise the noise of the choice
     * @param promptLength tokens before the answer
     * @throws IllegalArgumentException if a name is unknown, listing those that are known
     */
    Drafter create(String tenant, List<String> names, DraftNoise noise, int promptLength);
}
