package dev.sluice.train;

import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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
        double sum = 0;
        try (ModelSession session = model.open(SCOPE)) {
            session.adopt(prompt);
            if (!session.reserve(all.length - session.length())) {
                throw new IllegalStateException("an answer of " + answer.length + " tokens behind a prompt of "
                        + prompt.length + " needs more KV memory than the model has; raise sluice.model.kv-memory");
            }
            // The last token predicts nothing of the answer.
            for (int from = session.length(); from < all.length - 1; ) {
                int to = Math.min(all.length - 1, from + model.maxSegment());
                int[] chunk = Arrays.copyOfRange(all, from, to);
                int firstRow = Math.max(0, Math.min(chunk.length, prompt.length - 1 - from));
                try (Pass pass = model.forward(List.of(Segment.chain(session, chunk, firstRow)))) {
                    for (int row = 0; row < pass.rows(); row++) {
                        sum += logProbability(pass.logits(row), all[from + firstRow + row + 1]);
                    }
                }
                session.commit(IntStream.range(0, chunk.length).toArray());
                from = to;
            }
        }
        return answer.length == 0 ? 0 : sum / answer.length;
    }

    private static double logProbability(float[] row, int token) {
        double top = Double.NEGATIVE_INFINITY;
        for (float logit : row) {
            top = Math.max(top, logit);
        }
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit - top);
        }
        return row[token] - top - Math.log(sum);
    }
}
