package dev.sluice.decode;

import java.util.Arrays;
import java.util.BitSet;

/**
 * What a prefix means for the request's score edits: a persistent fold over its tokens.
 *
 * <p>{@link #after} costs a copy of the distinct tokens seen, and nothing at all where no edit looks at the prefix.
 * Immutable; begins with {@link ScoreEdits#start}.
 */
public final class PenaltyCounts {
    private final boolean counting;
    private final int[] tokens;
    private final int promptTokens;
    private final int[] answerCounts;

    private PenaltyCounts(boolean counting, int[] tokens, int promptTokens, int[] answerCounts) {
        this.counting = counting;
        this.tokens = tokens;
        this.promptTokens = promptTokens;
        this.answerCounts = answerCounts;
    }

    /**
     * The counts of an empty answer.
     *
     * @param counting whether later tokens matter
     * @param prompt tokens to be penalised from the start
     * @param others further tokens that are edited whatever the prefix
     */
    static PenaltyCounts start(boolean counting, int[] prompt, int[] others) {
        BitSet seen = new BitSet();
        Arrays.stream(prompt).forEach(seen::set);
        int promptTokens = seen.cardinality();
        BitSet more = new BitSet();
        Arrays.stream(others).filter(token -> !seen.get(token)).forEach(more::set);
        int[] tokens = Arrays.copyOf(seen.stream().toArray(), promptTokens + more.cardinality());
        System.arraycopy(more.stream().toArray(), 0, tokens, promptTokens, more.cardinality());
        return new PenaltyCounts(counting, tokens, promptTokens, new int[tokens.length]);
    }

    /** The counts after one more token of the answer. */
    public PenaltyCounts after(int token) {
        if (!counting) {
            return this;
        }
        int at = 0;
        while (at < tokens.length && tokens[at] != token) {
            at++;
        }
        int[] wider = tokens;
        if (at == tokens.length) {
            wider = Arrays.copyOf(tokens, at + 1);
            wider[at] = token;
        }
        int[] counts = Arrays.copyOf(answerCounts, wider.length);
        counts[at]++;
        return new PenaltyCounts(true, wider, promptTokens, counts);
    }

    /** The distinct tokens that may be edited; shared, not to be written to. */
    int[] tokens() {
        return tokens;
    }

    /** How often the answer holds {@code tokens()[i]}. */
    int inAnswer(int i) {
        return answerCounts[i];
    }

    /** Whether prompt or answer holds {@code tokens()[i]}. */
    boolean seen(int i) {
        return i < promptTokens || answerCounts[i] > 0;
    }
}
