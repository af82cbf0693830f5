package dev.sluice.decode;

import dev.sluice.model.RowQuery;
import dev.sluice.model.TokenMask;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The request's own edits of a row of logits: repetition, presence and frequency penalties, {@code logit_bias}, the
 * mask of control tokens, temperature. As a {@link RowQuery} for the device, and on the host by the same float32
 * arithmetic. Immutable.
 */
public final class ScoreEdits {
    private static final int[] NO_TOKENS = {};

    private final float repetition;
    private final double presence;
    private final double frequency;
    private final Map<Integer, Float> bias;
    private final float temperature;
    private final BitSet control;

    /**
     * The edits of one choice.
     *
     * @param control tokens that no answer may hold: control tokens but the ends of turn, and rows without a token
     */
    public ScoreEdits(SamplingParameters sampling, BitSet control) {
        this.repetition = (float) sampling.repetitionPenalty();
        this.presence = sampling.presencePenalty();
        this.frequency = sampling.frequencyPenalty();
        this.bias = Map.copyOf(sampling.logitBias());
        this.temperature = sampling.isGreedy() ? 1 : (float) sampling.temperature();
        this.control = (BitSet) control.clone();
    }

    /** The counts of an answer that has not begun. */
    public PenaltyCounts start(int[] prompt) {
        boolean counting = repetition != 1 || presence != 0 || frequency != 0;
        int[] biased = bias.keySet().stream().mapToInt(Integer::intValue).toArray();
        return PenaltyCounts.start(counting, repetition == 1 ? NO_TOKENS : prompt, biased);
    }

    /**
     * What to ask of a row.
     *
     * @param counts of the row's prefix
     * @param gather tokens whose edited logits are wanted, {@link Noise#tokens()} of the position
     * @param mask what a guard forbids, or null
     */
    public RowQuery query(PenaltyCounts counts, int[] gather, @Nullable TokenMask mask) {
        int[] tokens = counts.tokens();
        float[] divisors = new float[tokens.length];
        float[] add = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            int times = counts.inAnswer(i);
            divisors[i] = counts.seen(i) ? repetition : 1;
            double nats = bias.getOrDefault(tokens[i], 0f) - frequency * times - (times > 0 ? presence : 0);
            add[i] = (float) nats;
        }
        return new RowQuery(tokens, divisors, add, temperature, gather, mask);
    }

    /**
     * The scaled logits of a row: what a device makes of it, mask aside, bit for bit.
     *
     * @param raw raw logits, [vocabularySize]; not changed
     */
    public float[] apply(float[] raw, RowQuery query) {
        float[] row = raw.clone();
        for (int i = 0; i < query.editTokens().length; i++) {
            int token = query.editTokens()[i];
            row[token] = edited(row[token], query, i);
        }
        for (int token = 0; token < row.length; token++) {
            row[token] = scaled(token, row[token], query);
        }
        return row;
    }

    /**
     * The scaled logits of some tokens of a row, bit for bit as {@link #apply} gives them.
     *
     * @param raw raw logits of the tokens; not changed
     * @param tokens distinct tokens, ascending
     */
    public float[] applySome(float[] raw, int[] tokens, RowQuery query) {
        float[] some = raw.clone();
        for (int i = 0; i < query.editTokens().length; i++) {
            int at = Arrays.binarySearch(tokens, query.editTokens()[i]);
            if (at >= 0) {
                some[at] = edited(some[at], query, i);
            }
        }
        for (int i = 0; i < some.length; i++) {
            some[i] = scaled(tokens[i], some[i], query);
        }
        return some;
    }

    private static float edited(float logit, RowQuery query, int edit) {
        float divisor = query.repetition()[edit];
        return (logit > 0 ? logit / divisor : logit * divisor) + query.add()[edit];
    }

    private float scaled(int token, float logit, RowQuery query) {
        return control.get(token) ? Float.NEGATIVE_INFINITY : logit / query.temperature();
    }
}
