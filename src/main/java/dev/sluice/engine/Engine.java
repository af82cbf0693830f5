package dev.sluice.engine;

import dev.sluice.model.CausalModel;
import dev.sluice.policy.PolicySet;
import dev.sluice.token.Vocabulary;
import java.util.function.Supplier;

/** Serves requests: one loop thread runs one pass for all running sessions. */
public final class Engine implements AutoCloseable {

    /**
     * Starts the loop; takes ownership of the model.
     *
     * @param policies the current set, asked once a request
     */
    public Engine(CausalModel model, Vocabulary vocabulary, EngineSettings settings, Supplier<PolicySet> policies) {}

    /**
     * Accepts a request or refuses it at once.
     *
     * @throws EngineException if the request cannot be served
     */
    public Generation submit(GenerationRequest request) {
        return subscriber -> {};
    }

    /** Ends all requests, then frees the model. Idempotent. */
    @Override
    public void close() {}
}
