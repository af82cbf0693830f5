package dev.sluice.engine;

import dev.sluice.decode.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests for tests. */
final class Requests {
    private Requests() {}

    /** A greedy request. */
    static GenerationRequest greedy(int[] prompt, int maxTokens) {
        return of(prompt, SamplingParameters.greedy(), maxTokens);
    }

    /** A request with the given sampling and nothing else. */
    static GenerationRequest of(int[] prompt, SamplingParameters sampling, @Nullable Integer maxTokens) {
        return new GenerationRequest(
                prompt, sampling, maxTokens, List.of(), 1, null, Set.of(), null, true, GenerationRequest.SHARED);
    }

    /** The same with other speculation. */
    static GenerationRequest speculating(GenerationRequest request, int maxNodes, String... drafters) {
        return new GenerationRequest(
                request.prompt(),
                request.sampling(),
                request.maxTokens(),
                request.stop(),
                request.choices(),
                request.logprobs(),
                request.policies(),
                new GenerationRequest.Speculation(maxNodes != 0, List.of(drafters), maxNodes),
                true,
                GenerationRequest.SHARED);
    }

    /** A random request over all samplers and penalties. */
    static GenerationRequest random(
            Random random, int[] prompt, int vocabularySize, int maxTokens, List<String> stops) {
        Map<Integer, Float> bias = new HashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            bias.put(random.nextInt(vocabularySize), (float) (random.nextInt(9) - 4));
        }
        SamplingParameters sampling = new SamplingParameters(
                random.nextInt(4) == 0 ? 0 : 0.1 + 1.4 * random.nextDouble(),
                random.nextInt(3) == 0 ? 1 + random.nextInt(40) : 0,
                random.nextInt(3) == 0 ? 0.3 + 0.7 * random.nextDouble() : 1,
                random.nextInt(4) == 0 ? 0.2 * random.nextDouble() : 0,
                random.nextInt(5) == 0 ? 0.3 + 0.7 * random.nextDouble() : 1,
                random.nextInt(3) == 0 ? 0.8 + 0.7 * random.nextDouble() : 1,
                random.nextInt(3) == 0 ? random.nextDouble() * 2 - 1 : 0,
                random.nextInt(3) == 0 ? random.nextDouble() * 2 - 1 : 0,
                bias,
                random.nextLong());
        List<String> chosen = new ArrayList<>();
        for (String stop : stops) {
            if (random.nextInt(4) == 0) {
                chosen.add(stop);
            }
        }
        return new GenerationRequest(
                prompt,
                sampling,
                maxTokens,
                chosen,
                1 + random.nextInt(2),
                random.nextInt(3) == 0 ? random.nextInt(6) : null,
                Set.of(),
                null,
                true,
                GenerationRequest.SHARED);
    }
}
