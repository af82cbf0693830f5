package dev.sluice.train;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import java.util.List;

/** Tells the mean hidden state of prompts behind one block of a model: what a router reads. One thread; the model is lent. */
@FunctionalInterface
public interface PromptStates {
    /**
     * The mean over all tokens of a prompt.
     *
     * @param prompt at least one token
     * @return [width]
     */
    float[] mean(int[] prompt);

    /**
     * Reads prompts with a model of which no lane was opened yet.
     *
     * @param layer number of the block, from 1
     */
    static PromptStates of(CausalModel model, int layer) {
        model.watch(List.of(layer));
        return prompt -> {
            try (ModelSession session = model.open()) {
                if (!session.reserve(prompt.length)) {
                    throw new IllegalStateException("a prompt of " + prompt.length
                            + " tokens needs more memory for keys and values; raise sluice.model.kv-memory");
                }
                float[][] mean = new float[1][];
                ChunkReader.read(model, session, prompt, prompt.length, (pass, first, path) -> {
                    if (first == prompt.length) {
                        mean[0] = session.meanState(layer, path);
                    }
                });
                return mean[0];
            }
        };
    }
}
