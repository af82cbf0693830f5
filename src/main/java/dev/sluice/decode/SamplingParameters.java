package dev.sluice.decode;

import java.util.Map;

/**
 * How one choice is sampled: the request's own distribution.
 *
 * @param temperature 0 to 2; below {@link #LEAST_TEMPERATURE} is greedy
 * @param topK keep the K most probable tokens; 0 keeps all
 * @param topP keep the most probable tokens up to this mass, in (0, 1]; 1 keeps all
 * @param minP keep tokens of at least this share of the top probability, in [0, 1]; 0 keeps all
 * @param typicalP keep the most typical tokens up to this mass, in (0, 1]; 1 keeps all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens in prompt or answer; 1 is none
 * @param presencePenalty nats taken from tokens that the answer holds
 * @param frequencyPenalty nats taken from tokens for each time the answer holds them
 * @param logitBias nats added by token
 * @param seed of the keyed noise of this choice
 */
public record SamplingParameters(
        double temperature,
        int topK,
        double topP,
        double minP,
        double typicalP,
        double repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        Map<Integer, Float> logitBias,
        long seed) {

    /** Greedy decoding without any edit. */
    public static SamplingParameters greedy() {
        return new SamplingParameters(0, 0, 1, 0, 1, 1, 0, 0, Map.of(), 0);
    }

    /** Below it, noise could not outweigh the least difference of two logits, and logits overflow: the argmax is taken. */
    public static final double LEAST_TEMPERATURE = 1e-5;

    /** Whether the argmax is taken: no noise and no truncation. */
    public boolean isGreedy() {
        return temperature < LEAST_TEMPERATURE;
    }

    /** The same with another seed. */
    public SamplingParameters withSeed(long newSeed) {
        return new SamplingParameters(
                temperature,
                topK,
                topP,
                minP,
                typicalP,
                repetitionPenalty,
                presencePenalty,
                frequencyPenalty,
                logitBias,
                newSeed);
    }
}
