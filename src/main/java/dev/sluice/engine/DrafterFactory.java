package dev.sluice.engine;

import dev.sluice.draft.Drafter;
import dev.sluice.draft.Drafters;
import dev.sluice.draft.SuccessorTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the drafter of one choice. */
@FunctionalInterface
interface DrafterFactory {
    /** Tenants whose tables are kept; the one that was away the longest is forgotten. */
    int TENANTS = 64;

    /**
     * The drafter of one choice.
     *
     * @param tenant whose request it is
     * @param names of the drafters it merges, in order of preference
     * @throws IllegalArgumentException if a name is unknown, listing those that are known
     */
    Drafter create(String tenant, List<String> names);

    /** The drafters that ship; what they learn is kept by tenant. Thread-safe. */
    static DrafterFactory shipped(int vocabularySize) {
        Map<String, SuccessorTable> tables = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, SuccessorTable> eldest) {
                return size() > TENANTS;
            }
        };
        return (tenant, names) -> {
            synchronized (tables) {
                return Drafters.create(
                        names, tables.computeIfAbsent(tenant, any -> new SuccessorTable(vocabularySize)));
            }
        };
    }
}
