package dev.sluice.spring;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.token.ChatMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One question to the model, immutable; each method returns a changed copy.
 *
 * <p>{@code ChatRequest.of("Name three rivers.").temperature(0.7).seed(1).maxTokens(100)}
 *
 * @param messages the conversation, at least one message
 * @param sampling how to sample; its seed counts only where {@code seed} is set
 * @param seed the seed, or null to have one drawn; the answer's report says which
 * @param maxTokens most answer tokens, or null for as many as the context holds
 * @param stop strings that end the answer
 * @param policies names of policies to enforce beyond the bindings
 * @param speculation overrides of the settings, or null for the defaults; never changes the answer
 * @param persona weights of personas, by name, where a policy allows them
 */
public record ChatRequest(
        List<ChatMessage> messages,
        SamplingParameters sampling,
        @Nullable Long seed,
        @Nullable Integer maxTokens,
        List<String> stop,
        Set<String> policies,
        @Nullable Speculation speculation,
        Map<String, Double> persona) {
    private static final SamplingParameters PLAIN = new SamplingParameters(1, 0, 1, 0, 1, 1, 0, 0, Map.of(), 0);

    /** A request with copies of the lists. */
    public ChatRequest {
        messages = List.copyOf(messages);
        stop = List.copyOf(stop);
        policies = Set.copyOf(policies);
        persona = Map.copyOf(persona);
    }

    /** A single user message, sampled from the model's own distribution. */
    public static ChatRequest of(String user) {
        return of(List.of(new ChatMessage("user", user)));
    }

    /** A conversation, sampled from the model's own distribution. */
    public static ChatRequest of(List<ChatMessage> messages) {
        return new ChatRequest(messages, PLAIN, null, null, List.of(), Set.of(), null, Map.of());
    }

    /** With instructions before all other messages. */
    public ChatRequest system(String instructions) {
        List<ChatMessage> all = new ArrayList<>(messages);
        all.add(0, new ChatMessage("system", instructions));
        return new ChatRequest(all, sampling, seed, maxTokens, stop, policies, speculation, persona);
    }

    /** With another temperature, 0 to 2; 0 is greedy. */
    public ChatRequest temperature(double temperature) {
        return sampling(new SamplingParameters(
                temperature,
                sampling.topK(),
                sampling.topP(),
                sampling.minP(),
                sampling.typicalP(),
                sampling.repetitionPenalty(),
                sampling.presencePenalty(),
                sampling.frequencyPenalty(),
                sampling.logitBias(),
                sampling.seed()));
    }

    /** With all sampling parameters at once; the seed is set by {@link #seed(long)}. */
    public ChatRequest sampling(SamplingParameters parameters) {
        return new ChatRequest(messages, parameters, seed, maxTokens, stop, policies, speculation, persona);
    }

    /** With a fixed seed: the same request then gives the same tokens. */
    public ChatRequest seed(long fixed) {
        return new ChatRequest(messages, sampling, fixed, maxTokens, stop, policies, speculation, persona);
    }

    /** With at most so many answer tokens. */
    public ChatRequest maxTokens(int most) {
        return new ChatRequest(messages, sampling, seed, most, stop, policies, speculation, persona);
    }

    /** Ended by any of these strings, which are not part of the answer. */
    public ChatRequest stop(String... strings) {
        return new ChatRequest(messages, sampling, seed, maxTokens, List.of(strings), policies, speculation, persona);
    }

    /** With one more policy enforced. */
    public ChatRequest policy(String name) {
        Set<String> all = new LinkedHashSet<>(policies);
        all.add(name);
        return new ChatRequest(messages, sampling, seed, maxTokens, stop, all, speculation, persona);
    }

    /** With the weight of one persona, where a policy allows it. */
    public ChatRequest persona(String name, double weight) {
        Map<String, Double> all = new LinkedHashMap<>(persona);
        all.put(name, weight);
        return new ChatRequest(messages, sampling, seed, maxTokens, stop, policies, speculation, all);
    }
}
