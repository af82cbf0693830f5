package dev.sluice.engine;

import dev.sluice.draft.DraftMemory;
import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Drafters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.model.CacheScope;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The drafters that ship. What they learn is kept by tenant and never shared: each begins with a copy of the same warm
 * table. Requests with a salt learn from none and leave nothing. Thread-safe; a memory itself belongs to the engine loop.
 */
final class TenantMemories implements DrafterFactory {
    /** Tenants whose memory is kept; the one that was away the longest is forgotten. */
    static final int TENANTS = 64;

    /** The part of all memory for answers that one tenant may take. */
    private static final int SHARES = 4;

    private final SuccessorTable warm;
    private final long answerBytes;
    private final Map<String, DraftMemory> memories = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Memories that all begin with the same table.
     *
     * @param warm nobody writes it any more
     * @param answerBytes most memory for the earlier answers of all tenants; 0 keeps none
     */
    TenantMemories(SuccessorTable warm, long answerBytes) {
        this.warm = warm;
        this.answerBytes = answerBytes;
    }

    @Override
    public Drafter create(CacheScope scope, List<String> names, DraftNoise noise, int promptLength) {
        DraftMemory memory = scope.salt().isEmpty() ? memory(scope.tenant()) : new DraftMemory(warm.copy(), 0);
        return Drafters.create(names, memory, noise, promptLength);
    }

    private synchronized DraftMemory memory(String tenant) {
        DraftMemory memory =
                memories.computeIfAbsent(tenant, any -> new DraftMemory(warm.copy(), answerBytes / SHARES));
        for (Iterator<DraftMemory> oldest = memories.values().iterator();
                memories.size() > TENANTS || (memories.size() > SHARES && answers() > answerBytes); ) {
            oldest.next();
            oldest.remove();
        }
        return memory;
    }

    private long answers() {
        return memories.values().stream().mapToLong(DraftMemory::answerBytes).sum();
    }
}
