package dev.sluice.engine;

import dev.sluice.decode.SamplingParameters;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request, as the engine takes it.
 *
 * @param prompt tokens, at least one, fewer than the context
 * @param sampling how to sample; its seed is that of choice 0
 * @param maxTokens most answer tokens, or null for as many as the context holds
 * @param stop strings that end the answer, each not empty
 * @param choices number of independent answers, at least 1
 * @param logprobs alternatives a token to report, 0 to 20, or null for no log-probabilities
 * @param policies names of policies to enforce beyond the bindings
 * @param speculation overrides of the engine's speculation settings, or null for the defaults
 * @param report whether the interventions and counts are wanted
 * @param tenant whose request it is: what drafters learn from it and, by default, the KV pages it leaves speed up this
 *     tenant's requests alone
 * @param cacheSalt keeps its KV pages to the requests that name the same salt; empty for none
 * @param persona the lanes that judge each token together, or null for the prompt alone
 */
public record GenerationRequest(
        int[] prompt,
        SamplingParameters sampling,
        @Nullable Integer maxTokens,
        List<String> stop,
        int choices,
        @Nullable Integer logprobs,
        Set<String> policies,
        @Nullable Speculation speculation,
        boolean report,
        String tenant,
        String cacheSalt,
        @Nullable PersonaPrompt persona) {
    /** The tenant of requests that name none. */
    public static final String SHARED = "";

    /** The same request of a tenant. */
    public GenerationRequest ofTenant(String other) {
        return with(prompt, other, persona);
    }

    /** The same request with another prompt. */
    public GenerationRequest ofPrompt(int[] tokens) {
        return with(tokens, tenant, null);
    }

    /** The same request with lanes of personas; the first is its prompt. */
    public GenerationRequest ofPersona(PersonaPrompt lanes) {
        return with(lanes.lanes().get(0).tokens(), tenant, lanes);
    }

    private GenerationRequest with(int[] tokens, String owner, @Nullable PersonaPrompt lanes) {
        return new GenerationRequest(
                tokens,
                sampling,
                maxTokens,
                stop,
                choices,
                logprobs,
                policies,
                speculation,
                report,
                owner,
                cacheSalt,
                lanes);
    }

    /** A request without a salt and personas. */
    public GenerationRequest(
            int[] prompt,
            SamplingParameters sampling,
            @Nullable Integer maxTokens,
            List<String> stop,
            int choices,
            @Nullable Integer logprobs,
            Set<String> policies,
            @Nullable Speculation speculation,
            boolean report,
            String tenant) {
        this(prompt, sampling, maxTokens, stop, choices, logprobs, policies, speculation, report, tenant, "", null);
    }

    /**
     * How to speculate.
     *
     * @param enabled whether anything is drafted
     * @param drafters names of drafters, in order of preference
     * @param maxNodes most draft nodes a pass, 0 to 64, or {@link #AUTO}
     */
    public record Speculation(boolean enabled, List<String> drafters, int maxNodes) {
        /** As many draft nodes as earn their cost in the pass at hand: {@code auto} on the wire. */
        public static final int AUTO = -1;

        /** Whether the cost of a pass decides how much is drafted. */
        public boolean auto() {
            return enabled && maxNodes == AUTO;
        }
    }
}
