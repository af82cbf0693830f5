package dev.sluice.train;

import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws answers of the model to a prompt, several at a time, among the candidates that a head will see: the 40 best, no more
 * than 0.95 of the probability, at temperature 1.
 */
final class Rollouts {
    private static final int TOP_K = 40;
    private static final double TOP_P = 0.95;
    private static final RowQuery PLAIN = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);

    private final CausalModel model;
    private final Vocabulary vocabulary;
    private final int answers;
    private final int maxTokens;

    /**
     * A way to draw.
     *
     * @param answers how many to a prompt
     * @param maxTokens most tokens of each
     */
    Rollouts(CausalModel model, Vocabulary vocabulary, int answers, int maxTokens) {
        this.model = model;
        this.vocabulary = vocabulary;
        this.answers = answers;
        this.maxTokens = maxTokens;
    }

    /**
     * One answer.
     *
     * @param states final-norm state behind each token, the end of the turn among them
     * @param ended whether the last token ends the turn
     */
    record Answer(float[][] states, boolean ended) {
        /** The states behind the text alone; none where the turn ended at once. */
        float[][] text() {
            return ended ? Arrays.copyOf(states, states.length - 1) : states;
        }

        /** The state behind the end of the turn; none where it did not end. */
        float[][] end() {
            return ended ? new float[][] {states[states.length - 1]} : new float[0][];
        }
    }

    /** An answer while it is drawn. */
    private final class Draft implements AutoCloseable {
        private final ModelSession session;
        private final SplittableRandom random;
        private final List<float[]> states = new ArrayList<>();
        private int token;
        private boolean ended;

        Draft(long seed, CacheScope scope) {
            session = model.open(scope);
            random = new SplittableRandom(seed);
        }

        boolean running() {
            return !ended && states.size() < maxTokens;
        }

        @Override
        public void close() {
            session.close();
        }
    }

    /** Draws the answers to a prompt; the same for the same seed. */
    List<Answer> draw(int[] prompt, long seed) {
        CacheScope scope = new CacheScope("training", "");
        List<Draft> drafts = new ArrayList<>();
        try {
            for (int i = 0; i < answers; i++) {
                Draft draft = new Draft(seed * 31 + i, scope);
                drafts.add(draft);
                read(draft, prompt);
            }
            List<Draft> running = drafts;
            while (!running.isEmpty()) {
                step(running);
                running = running.stream().filter(Draft::running).toList();
            }
            return drafts.stream()
                    .map(draft -> new Answer(draft.states.toArray(new float[0][]), draft.ended))
                    .toList();
        } finally {
            drafts.forEach(Draft::close);
        }
    }

    private void read(Draft draft, int[] prompt) {
        ModelSession session = draft.session;
        session.adopt(prompt);
        if (!session.reserve(prompt.length - session.length() + maxTokens)) {
            throw new IllegalStateException(answers + " answers of " + maxTokens
                    + " tokens need more memory for keys and values; raise sluice.model.kv-memory");
        }
        ChunkReader.read(model, session, prompt, prompt.length - 1, (pass, first, path) -> {
            if (pass.rows() > 0) {
                draft.token = choose(pass.rank(List.of(PLAIN)).get(0), draft.random);
            }
        });
    }

    private void step(List<Draft> drafts) {
        List<Segment> segments = drafts.stream()
                .map(draft -> Segment.chain(draft.session, new int[] {draft.token}, 0))
                .toList();
        try (Pass pass = model.forward(segments)) {
            List<RankedRow> rows = pass.rank(drafts.stream().map(draft -> PLAIN).toList());
            for (int i = 0; i < drafts.size(); i++) {
                Draft draft = drafts.get(i);
                draft.states.add(pass.hidden(i));
                draft.session.commit(new int[] {0});
                draft.ended = vocabulary.endsTurn(draft.token);
                draft.token = choose(rows.get(i), draft.random);
            }
        }
    }

    private static int choose(RankedRow row, SplittableRandom random) {
        row.requireNumbers();
        int[] tokens = row.best().tokens();
        float[] logits = row.best().logits();
        double[] kept = new double[Math.min(TOP_K, tokens.length)];
        double sum = 0;
        int count = 0;
        while (count < kept.length && sum < TOP_P) {
            kept[count] = Math.exp(logits[count] - row.logSumExp());
            sum += kept[count++];
        }
        double left = random.nextDouble() * sum;
        for (int i = 0; i < count; i++) {
            left -= kept[i];
            if (left < 0) {
                return tokens[i];
            }
        }
        return tokens[0];
    }
}
