package dev.sluice.engine;

import dev.sluice.engine.GenerationRequest.Speculation;
import java.time.Duration;
import java.util.List;

/**
 * Bounds and defaults of the engine.
 *
 * @param maxSessions most choices decoded together
 * @param maxContext most tokens, prompt and answer together; at most the model's
 * @param queue most requests waiting
 * @param deadline longest a request may take, waiting included
 * @param slowReader how long a request may go without demand before it gives its pages back
 * @param prefillChunk most prompt tokens of one session in a pass
 * @param drafters drafters used where a request names none
 * @param maxNodes draft nodes a pass where a request says nothing, {@link Speculation#AUTO} or 0 to 64; 0 turns
 *     speculation off
 * @param prefixReuse whose requests share KV pages
 */
public record EngineSettings(
        int maxSessions,
        int maxContext,
        int queue,
        Duration deadline,
        Duration slowReader,
        int prefillChunk,
        List<String> drafters,
        int maxNodes,
        PrefixReuse prefixReuse) {
    /** Settings with which requests of a tenant share KV pages. */
    public EngineSettings(
            int maxSessions,
            int maxContext,
            int queue,
            Duration deadline,
            Duration slowReader,
            int prefillChunk,
            List<String> drafters,
            int maxNodes) {
        this(
                maxSessions,
                maxContext,
                queue,
                deadline,
                slowReader,
                prefillChunk,
                drafters,
                maxNodes,
                PrefixReuse.BY_TENANT);
    }
}
