package dev.sluice.decode;

import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.TokenMask;
import java.util.BitSet;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The law at one position: the best-ranked token by scaled logit and keyed noise that the request keeps and no guard
 * refuses.
 *
 * <p>It is decided from the few candidates a device brings back wherever they prove the outcome, and from the whole row
 * otherwise; both ways give the same result bit for bit. The proof is that of the threshold algorithm (Fagin, Lotem and
 * Naor 2003): a token that is neither among the best logits nor among the gathered ones, whose noise is high, scores at
 * most the last of the best plus the noise bound. A candidate counts only if it scores above that.
 *
 * <p>Order of the law: truncate the request's own distribution; rank what is kept; the first is the unedited token;
 * tokens the mask forbids are dropped; the judge is asked along the ranking. If nothing kept is admissible, truncate
 * again among the tokens that neither mask nor judge has forbidden.
 *
 * <p>Immutable; cost about 50 µs a choice with a thousand gathered tokens, 1 to 4 ms where the whole row is needed (49,152 tokens).
 */
public final class RankedChoice {
    private final SamplingParameters sampling;
    private final int vocabularySize;
    private final ScoreEdits edits;
    private final Truncation truncation;

    /**
     * The law of one choice of a request.
     *
     * @param vocabularySize logits a row has
     * @param control tokens that no answer may hold: control tokens but the ends of turn, and rows without a token
     */
    public RankedChoice(SamplingParameters sampling, int vocabularySize, BitSet control) {
        this.sampling = sampling;
        this.vocabularySize = vocabularySize;
        this.edits = new ScoreEdits(sampling, control);
        this.truncation = Truncation.of(sampling);
    }

    /** The request's own edits, which also make the queries. */
    public ScoreEdits edits() {
        return edits;
    }

    /**
     * The noise of an answer position; none at temperature 0. The same for all nodes of a depth.
     *
     * @param position answer tokens before this one
     */
    public Noise noise(long position) {
        return sampling.isGreedy() ? Noise.NONE : KeyedNoise.heavy(sampling.seed(), position, vocabularySize);
    }

    /**
     * Chooses the token that follows a prefix.
     *
     * @param row what the device brought back
     * @param query what it was asked; gathers {@code noise.tokens()}
     * @param noise of the position
     * @param rawRow the raw logits of the same row, [vocabularySize], fetched only if needed
     * @param judge the guards at the prefix; rejects at least what the query's mask forbids
     */
    public Choice choose(RankedRow row, RowQuery query, Noise noise, Supplier<float[]> rawRow, Judge judge) {
        return choose(row, query, noise, rawRow, judge, Acceptance.NONE);
    }

    /**
     * As without heads, but that these walk what the guards leave over. Candidates are those that the request keeps.
     *
     * @param heads the acceptance heads at the prefix
     */
    public Choice choose(
            RankedRow row, RowQuery query, Noise noise, Supplier<float[]> rawRow, Judge judge, Acceptance heads) {
        row.requireNumbers();
        if (query.gather().length != noise.tokens().length) {
            throw new IllegalArgumentException("a query gathers the tokens of its position's noise: "
                    + noise.tokens().length + " expected, " + query.gather().length + " given");
        }
        Choice choice = truncation.needsWholeRow() ? null : fromBest(row, query, noise, judge, heads);
        return choice != null
                ? choice
                : fromWholeRow(edits.apply(rawRow.get(), query), row.logSumExp(), query.mask(), noise, judge, heads);
    }

    /**
     * The token that the request alone would have chosen, whatever guards say.
     *
     * @param query what was asked; its mask does not count
     */
    public int unedited(RankedRow row, RowQuery query, Noise noise, Supplier<float[]> rawRow) {
        RankedRow open = new RankedRow(row.best(), row.logSumExp(), row.gathered(), null);
        RowQuery unmasked = new RowQuery(
                query.editTokens(), query.repetition(), query.add(), query.temperature(), query.gather(), null);
        return choose(open, unmasked, noise, rawRow, Judge.LENIENT).unedited();
    }

    /** The choice as far as the device's candidates prove it, else null. */
    private @Nullable Choice fromBest(RankedRow row, RowQuery query, Noise noise, Judge judge, Acceptance heads) {
        RankedRow.Candidates best = row.best();
        float floor = floor(best);
        Truncation.Cut known =
                truncation.cut(Ranking.byLogit(best.tokens(), best.logits()), floor, row.logSumExp(), 1, token -> {});
        // An unknown cut lies at the floor or below: what is above is kept, and for the rest it is open.
        Truncation.Cut cut = known != null ? known : new Truncation.Cut(Math.nextUp(floor), Integer.MAX_VALUE);
        if (heads != Acceptance.NONE
                && (known == null || (known.logit() > Double.NEGATIVE_INFINITY && known.logit() <= floor))) {
            // What is kept weighs in all is not known.
            return null;
        }
        double unseen = unseen(known, row, noise, floor);
        Ranking all = ranking(row, query, noise, cut, token -> true);
        if (all.score() <= unseen && unseen > Double.NEGATIVE_INFINITY) {
            return null;
        }
        double logMass = heads == Acceptance.NONE
                ? 0
                : truncation.logMass(cut, Ranking.byLogit(best.tokens(), best.logits()), row.logSumExp());
        Contest contest =
                new Contest(judge, query.mask(), all.first(), heads, probability(noise, row.logSumExp(), logMass));
        Ranking admissible = all;
        if (row.allowed() != null) {
            admissible = ranking(row, query, noise, cut, token -> !contest.forbids(token));
            if (known != null) {
                unseen = Math.min(unseen, floor(row.allowed()) + noise.bound());
            }
        }
        return contest.run(admissible, unseen) == Contest.Outcome.DECIDED ? contest.result() : null;
    }

    /** Bounds the score of every token that may be kept and is not among the candidates known to be. */
    private static double unseen(Truncation.@Nullable Cut known, RankedRow row, Noise noise, float floor) {
        if (known != null) {
            return known.keeps(0, floor) ? floor + noise.bound() : Double.NEGATIVE_INFINITY;
        }
        double bound = floor + noise.bound();
        for (int i = 0; i < row.gathered().length; i++) {
            if (row.gathered()[i] <= floor) {
                bound = Math.max(bound, row.gathered()[i] + noise.values()[i]);
            }
        }
        return bound;
    }

    /** The candidates in sight that are certainly kept, by score. */
    private static Ranking ranking(
            RankedRow row, RowQuery query, Noise noise, Truncation.Cut cut, IntPredicate admissible) {
        int allowed = row.allowed() == null ? 0 : row.allowed().tokens().length;
        Ranking ranking = new Ranking(row.best().tokens().length + row.gathered().length + allowed);
        addAll(ranking, row.best(), noise, cut, admissible);
        if (row.allowed() != null) {
            addAll(ranking, row.allowed(), noise, cut, admissible);
        }
        for (int i = 0; i < row.gathered().length; i++) {
            int token = query.gather()[i];
            if (cut.keeps(token, row.gathered()[i]) && admissible.test(token)) {
                ranking.add(token, row.gathered()[i] + noise.values()[i]);
            }
        }
        return ranking;
    }

    private static void addAll(
            Ranking ranking, RankedRow.Candidates from, Noise noise, Truncation.Cut cut, IntPredicate admissible) {
        for (int i = 0; i < from.tokens().length; i++) {
            int token = from.tokens()[i];
            if (cut.keeps(token, from.logits()[i]) && admissible.test(token)) {
                ranking.add(token, from.logits()[i] + noise.of(token));
            }
        }
    }

    /** Tokens with at most this logit may be missing from a list; −∞ if none is. */
    private float floor(RankedRow.Candidates list) {
        int size = list.tokens().length;
        return size >= vocabularySize ? Float.NEGATIVE_INFINITY : list.logits()[size - 1];
    }

    /** The definition, to the letter. */
    private Choice fromWholeRow(
            float[] row, double logSumExp, @Nullable TokenMask mask, Noise noise, Judge judge, Acceptance heads) {
        float[] kept = truncation.keep(row, logSumExp, false);
        double logMass = heads == Acceptance.NONE
                ? 0
                : truncation.logMass(
                        new Truncation.Cut(Double.NEGATIVE_INFINITY, Integer.MAX_VALUE),
                        Ranking.byLogit(kept),
                        logSumExp);
        int unedited = ranking(kept, noise, token -> true).first();
        Contest contest = new Contest(judge, mask, unedited, heads, probability(noise, logSumExp, logMass));
        Contest.Outcome outcome =
                contest.run(ranking(kept, noise, token -> !contest.forbids(token)), Double.NEGATIVE_INFINITY);
        if (outcome != Contest.Outcome.DECIDED) {
            Remainder remainder = new Remainder(row, kept, contest::forbids, truncation, logSumExp);
            while (outcome != Contest.Outcome.DECIDED && !remainder.isEmpty()) {
                outcome = contest.run(remainder.next(noise), Double.NEGATIVE_INFINITY);
            }
        }
        return contest.result();
    }

    /** The probability of a candidate among what the request keeps. */
    private static ToDoubleFunction<Contest.Candidate> probability(Noise noise, double logSumExp, double logMass) {
        return candidate -> StrictMath.exp(candidate.rank() - noise.of(candidate.token()) - logSumExp - logMass);
    }

    private static Ranking ranking(float[] kept, Noise noise, IntPredicate admissible) {
        Ranking ranking = new Ranking(kept.length);
        for (int token = 0; token < kept.length; token++) {
            if (kept[token] > Float.NEGATIVE_INFINITY && admissible.test(token)) {
                ranking.add(token, kept[token] + noise.of(token));
            }
        }
        return ranking;
    }
}
