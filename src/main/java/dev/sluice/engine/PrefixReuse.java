package dev.sluice.engine;

import dev.sluice.model.CacheScope;
import org.jspecify.annotations.Nullable;

/**
 * Whose requests reuse each other's KV pages where their contexts begin alike. The answers are the same bit for bit, and it is off where
 * the model's kernels do not allow that; how
 * soon the first token comes may tell what others of the same scope asked before.
 */
public enum PrefixReuse {
    /** Nothing is kept. */
    OFF,
    /** Requests of one tenant, as far as they name the same salt. */
    BY_TENANT,
    /** All requests, as far as they name the same salt. */
    SHARED;

    /** Who shares a request's pages, or null for nobody. */
    @Nullable
    CacheScope scope(GenerationRequest request) {
        return switch (this) {
            case OFF -> null;
            case BY_TENANT -> new CacheScope(request.tenant(), request.cacheSalt());
            case SHARED -> new CacheScope(GenerationRequest.SHARED, request.cacheSalt());
        };
    }
}
