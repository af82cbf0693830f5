package dev.sluice.engine;

import dev.sluice.draft.DraftMemory;
import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Drafters;
import dev.sluice.draft.Proposer;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.model.CacheScope;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable DraftModel model;
    private final Map<String, DraftMemory> memories = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Memories that all begin with the same table.
     *
     * @param warm nobody writes it any more
     * @param answerBytes most memory for the earlier answers of all tenants; 0 keeps none
     */
    TenantMemories(SuccessorTable warm, long answerBytes) {
        this(warm, answerBytes, null);
    }

    /**
     * Memories that all begin with the same table, and a draft model.
     *
     * @param model drafts where it is named, or null for none; owned
     */
    TenantMemories(SuccessorTable warm, long answerBytes, @Nullable DraftModel model) {
        this.warm = warm;
        this.answerBytes = answerBytes;
        this.model = model;
    }

    @Override
    public Drafter create(CacheScope scope, List<String> names, DraftNoise noise, int promptLength) {
        DraftMemory memory = scope.salt().isEmpty() ? memory(scope.tenant()) : new DraftMemory(warm.copy(), 0);
        Proposer asked = model == null ? null : model.proposer(noise.temperature());
        return Drafters.create(names, memory, noise, promptLength, asked);
    }

    @Override
    public void close() {
        if (model != null) {
            model.close();
        }
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
