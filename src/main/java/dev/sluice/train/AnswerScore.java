package dev.sluice.train;

import dev.sluice.decode.Logprobs;
import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import java.util.Arrays;

/** How probable a model finds a given answer behind a prompt. One thread; nobody else uses the model meanwhile. */
public final class AnswerScore {
    /** Answers to one prompt share its pages. */
    private static final CacheScope SCOPE = new CacheScope("score", "");

    private AnswerScore() {}

    /**
     * The mean log-probability of the answer's tokens, in nats, at temperature 1; 0 for an empty answer.
     *
     * @throws IllegalStateException if the model lacks the memory for prompt and answer
     */
    public static double mean(CausalModel model, int[] prompt, int[] answer) {
        int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
        System.arraycopy(answer, 0, all, prompt.length, answer.length);
        try (ModelSession session = model.open(SCOPE)) {
            session.adopt(prompt);
            if (!session.reserve(all.length - session.length())) {
                throw new IllegalStateException("an answer of " + answer.length + " tokens behind a prompt of "
                        + prompt.length + " needs more KV memory than the model has; raise sluice.model.kv-memory");
            }
            // The last token predicts nothing of the answer.
            double[] sum = {0};
            ChunkReader.read(
                    model, session, Arrays.copyOf(all, all.length - 1), prompt.length - 1, (pass, first, path) -> {
                        for (int row = 0; row < pass.rows(); row++) {
                            int next = all[first + row + 1];
                            sum[0] += Logprobs.of(pass.logits(row), next, 0, token -> false)
                                    .chosen();
                        }
                    });
            return answer.length == 0 ? 0 : sum[0] / answer.length;
        }
    }
}
