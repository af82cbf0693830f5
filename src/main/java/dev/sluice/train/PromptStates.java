package dev.sluice.train;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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
                float[] mean = new float[0];
                for (int from = 0; from < prompt.length; from = session.length()) {
                    int to = Math.min(prompt.length, from + model.maxSegment());
                    int[] chunk = Arrays.copyOfRange(prompt, from, to);
                    int[] path = IntStream.range(0, chunk.length).toArray();
                    Pass pass = model.forward(List.of(Segment.chain(session, chunk, chunk.length)));
                    try {
                        mean = to == prompt.length ? session.meanState(layer, path) : mean;
                        session.commit(path);
                    } finally {
                        pass.close();
                    }
                }
                return mean;
            }
        };
    }
}
