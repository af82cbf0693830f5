package dev.sluice.engine;

import dev.sluice.draft.PassCosts;
import dev.sluice.draft.Proposer;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.token.Vocabulary;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A smaller model of the target's vocabulary, whose opinion drafts: the classical draft model of Leviathan et al. 2023,
 * "Fast inference from transformers via speculative decoding", without its rejection sampling, since drafts are coupled
 * to the draw by the keyed noise. Owns the model. Engine loop only, but for {@link #proposer}.
 *
 * <p>Limitations: the draft passes of several choices are not batched, and the request's penalties, bias and masks are
 * not applied to its rows.
 */
final class DraftModel implements AutoCloseable {
    private static final int[] NONE = {};

    private final CausalModel model;
    private final LongSupplier clock;
    private final PassCosts costs;

    /**
     * Takes ownership of a model.
     *
     * @param vocabulary the target's
     * @param clock nanoseconds since any origin
     */
    DraftModel(CausalModel model, Vocabulary vocabulary, LongSupplier clock) {
        int rows = model.description().vocabularySize();
        if (rows < vocabulary.size()) {
            throw new IllegalArgumentException("a draft model has a row for each of the target's " + vocabulary.size()
                    + " tokens, but has " + rows + "; use a model of the same family");
        }
        this.model = model;
        this.clock = clock;
        this.costs = new PassCosts(model.passTimes());
    }

    /** What proposes for one choice, at the temperature it is drawn at. Holds no memory until it is first asked. Any thread. */
    Proposer proposer(double temperature) {
        return new ModelProposer(this, (float) temperature);
    }

    /** Most tokens of one context. */
    int mostTokens() {
        return Math.min(model.description().contextLength(), model.totalPositions());
    }

    /** Most tokens of a pass. */
    int chunk() {
        return model.maxSegment();
    }

    /** Expected time of a pass of one choice, in nanoseconds once passes were run. */
    double time(int tokens) {
        return costs.time(tokens, 1);
    }

    /** An empty lane; its user closes it. */
    ModelSession open() {
        return model.open();
    }

    /**
     * Commits tokens to a lane, which has room for them.
     *
     * @param temperature of the row, or null where none is wanted
     * @return the row behind the last token, or null
     */
    @Nullable
    RankedRow forward(ModelSession lane, int[] tokens, @Nullable Float temperature) {
        long start = clock.getAsLong();
        RankedRow row = null;
        try (Pass pass =
                model.forward(List.of(Segment.chain(lane, tokens, tokens.length - (temperature == null ? 0 : 1))))) {
            if (temperature != null) {
                row = pass.rank(List.of(new RowQuery(NONE, new float[0], new float[0], temperature, NONE, null)))
                        .get(0);
            }
        }
        int[] chain = new int[tokens.length];
        Arrays.setAll(chain, i -> i);
        lane.commit(chain);
        costs.learn(tokens.length, 1, (double) (clock.getAsLong() - start));
        return row;
    }

    /** Frees the model; its lanes are closed before. Idempotent. */
    @Override
    public void close() {
        model.close();
    }
}
