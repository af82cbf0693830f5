package dev.sluice.decode;

import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The law at one position where several lanes judge together: each lane's distribution is edited, truncated and renormalised
 * on its own; then they are mixed, and one token is drawn from the mixture by the keyed noise.
 *
 * <p>As in {@link RankedChoice}, the few candidates that a device brings back of each lane decide wherever they prove the
 * outcome, and whole rows otherwise, with the same result bit for bit. Where nothing that the lanes keep is admissible, the rest of
 * all tokens is drawn from, untruncated: the one deviation from the law of a single lane, which truncates round by round.
 *
 * <p>What heads are told of a candidate's probability is that in the mixture; of a product it is not normalised, so that
 * heads consider more candidates then.
 *
 * <p>Immutable. Cost: some 100 µs a choice where candidates prove it, else 2 to 5 ms a lane (49,152 tokens).
 */
public final class LaneMixture {
    /** How the lanes' probabilities make one. */
    public enum Mode {
        /** The sum, weighted: what either likes. */
        MIXTURE,
        /** The product, to the power of the weights: what all like. */
        PRODUCT
    }

    private final Truncation truncation;
    private final ScoreEdits edits;
    private final int vocabularySize;
    private final Mode mode;

    /**
     * The law of one choice.
     *
     * @param vocabularySize logits a row has
     * @param control tokens that no answer may hold
     */
    public LaneMixture(SamplingParameters sampling, int vocabularySize, BitSet control, Mode mode) {
        this.truncation = Truncation.of(sampling);
        this.edits = new ScoreEdits(sampling, control);
        this.vocabularySize = vocabularySize;
        this.mode = mode;
    }

    /**
     * What the lanes bring to one position.
     *
     * @param rows what the device brought back, a lane each
     * @param query what every lane was asked; gathers the tokens of the position's noise
     * @param weights of the lanes, positive, 1 in all
     * @param raw the raw logits of a lane's row, by lane, fetched only if needed
     * @param some the raw logits of some tokens of a lane's row
     */
    public record Position(
            List<RankedRow> rows, RowQuery query, double[] weights, IntFunction<float[]> raw, SomeLogits some) {}

    /** Fetches single logits. */
    @FunctionalInterface
    public interface SomeLogits {
        /** The raw logits of some tokens of a lane's row, in their order. */
        float[] of(int lane, int[] tokens);
    }

    /**
     * What one lane makes of its row.
     *
     * @param cut where it cuts
     * @param logMass the logarithm of what is kept weighs in all
     */
    private record Kept(Truncation.Cut cut, double logSumExp, double logMass) {
        /** The log-probability of a token, −∞ where it is not kept. */
        double log(int token, float logit) {
            return cut.keeps(token, logit) ? logit - logSumExp - logMass : Double.NEGATIVE_INFINITY;
        }

        /** Keeps all. */
        static Kept all(double logSumExp) {
            return new Kept(new Truncation.Cut(Double.NEGATIVE_INFINITY, Integer.MAX_VALUE), logSumExp, 0);
        }
    }

    /** Scaled logits of some tokens of a lane, by index. */
    private interface Logits {
        float of(int lane, int index);
    }

    /** The token that follows, as {@link RankedChoice#choose} for one lane. */
    public Choice choose(Position at, Noise noise, Judge judge, Acceptance heads) {
        at.rows().forEach(RankedRow::requireNumbers);
        Choice choice = truncation.needsWholeRow() ? null : fromBest(at, noise, judge, heads);
        return choice != null ? choice : fromWholeRows(at, noise, judge, heads);
    }

    /** The logarithm of the mixture of raw rows at temperature 1, untruncated: what log-probabilities are reported of. */
    public float[] mixed(List<float[]> rawRows, double[] weights) {
        double[] sums = rawRows.stream().mapToDouble(Logprobs::logSumExp).toArray();
        float[] mixed = new float[vocabularySize];
        double[] logs = new double[sums.length];
        for (int token = 0; token < mixed.length; token++) {
            for (int lane = 0; lane < sums.length; lane++) {
                logs[lane] = rawRows.get(lane)[token] - sums[lane];
            }
            mixed[token] = (float) combined(logs, weights);
        }
        return mixed;
    }

    /** The choice as far as the device's candidates prove it, else null. */
    private @Nullable Choice fromBest(Position at, Noise noise, Judge judge, Acceptance heads) {
        int lanes = at.rows().size();
        Kept[] kept = new Kept[lanes];
        double[] floors = new double[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            RankedRow row = at.rows().get(lane);
            RankedRow.Candidates best = row.best();
            float floor = best.tokens().length >= vocabularySize
                    ? Float.NEGATIVE_INFINITY
                    : best.logits()[best.logits().length - 1];
            Kept known = kept(() -> Ranking.byLogit(best.tokens(), best.logits()), floor, row.logSumExp());
            if (known == null) {
                return null;
            }
            kept[lane] = known;
            floors[lane] = known.log(0, floor);
        }
        double floor = combined(floors, at.weights());
        double unseen = floor > Double.NEGATIVE_INFINITY ? floor + noise.bound() : floor;
        int[] tokens = candidates(at);
        float[][] logits = new float[lanes][];
        for (int lane = 0; lane < lanes; lane++) {
            logits[lane] = edits.applySome(at.some().of(lane, tokens), tokens, at.query());
        }
        Logits some = (lane, index) -> logits[lane][index];
        Ranking all = ranking(tokens, some, kept, at.weights(), noise, token -> true);
        if (all.score() <= unseen && unseen > Double.NEGATIVE_INFINITY) {
            return null;
        }
        Contest contest = contest(at, noise, judge, heads, all.first());
        Ranking admissible = ranking(tokens, some, kept, at.weights(), noise, token -> !contest.forbids(token));
        return contest.run(admissible, unseen) == Contest.Outcome.DECIDED ? contest.result() : null;
    }

    /** The best of every lane and the tokens with much noise, each once, ascending. */
    private static int[] candidates(Position at) {
        BitSet all = new BitSet();
        for (RankedRow row : at.rows()) {
            set(all, row.best());
            if (row.allowed() != null) {
                set(all, row.allowed());
            }
        }
        Arrays.stream(at.query().gather()).forEach(all::set);
        return all.stream().toArray();
    }

    private static void set(BitSet all, RankedRow.Candidates candidates) {
        for (int i = 0; i < candidates.tokens().length; i++) {
            if (candidates.logits()[i] > Float.NEGATIVE_INFINITY) {
                all.set(candidates.tokens()[i]);
            }
        }
    }

    /**
     * What a lane keeps, if the given tokens decide it.
     *
     * @param sorted tokens by logit, each time anew
     * @param floor tokens with at most this logit may be missing; −∞ if none is
     */
    private @Nullable Kept kept(Supplier<Ranking> sorted, float floor, double logSumExp) {
        Truncation.Cut cut = truncation.cut(sorted.get(), floor, logSumExp, 1, token -> {});
        if (cut == null || (cut.logit() > Double.NEGATIVE_INFINITY && cut.logit() <= floor)) {
            return null;
        }
        return new Kept(cut, logSumExp, truncation.logMass(cut, sorted.get(), logSumExp));
    }

    /** The definition, to the letter. */
    private Choice fromWholeRows(Position at, Noise noise, Judge judge, Acceptance heads) {
        int lanes = at.rows().size();
        float[][] rows = new float[lanes][];
        float[][] keptRows = new float[lanes][];
        Kept[] kept = new Kept[lanes];
        Kept[] all = new Kept[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            float[] row = edits.apply(at.raw().apply(lane), at.query());
            double logSumExp = at.rows().get(lane).logSumExp();
            rows[lane] = row;
            all[lane] = Kept.all(logSumExp);
            if (truncation.needsWholeRow()) {
                float[] typical = truncation.keep(row, logSumExp, false);
                keptRows[lane] = typical;
                kept[lane] = new Kept(
                        all[lane].cut(),
                        logSumExp,
                        truncation.logMass(all[lane].cut(), Ranking.byLogit(typical), logSumExp));
            } else {
                keptRows[lane] = row;
                kept[lane] = Objects.requireNonNull(
                        kept(() -> Ranking.byLogit(row), Float.NEGATIVE_INFINITY, logSumExp),
                        "a whole row decides every cut");
            }
        }
        int[] tokens = IntStream.range(0, vocabularySize).toArray();
        Logits truncated = (lane, token) -> keptRows[lane][token];
        Ranking ranking = ranking(tokens, truncated, kept, at.weights(), noise, token -> true);
        Contest contest = contest(at, noise, judge, heads, ranking.first());
        Contest.Outcome outcome = contest.run(
                ranking(tokens, truncated, kept, at.weights(), noise, token -> !contest.forbids(token)),
                Double.NEGATIVE_INFINITY);
        if (outcome != Contest.Outcome.DECIDED) {
            BitSet gone = new BitSet();
            while (!ranking.isEmpty()) {
                gone.set(ranking.pop());
            }
            Logits rest = (lane, token) -> rows[lane][token];
            IntPredicate left = token -> !gone.get(token) && !contest.forbids(token);
            contest.run(ranking(tokens, rest, all, at.weights(), noise, left), Double.NEGATIVE_INFINITY);
        }
        return contest.result();
    }

    private Ranking ranking(
            int[] tokens, Logits logits, Kept[] kept, double[] weights, Noise noise, IntPredicate admissible) {
        Ranking ranking = new Ranking(tokens.length);
        double[] logs = new double[kept.length];
        for (int i = 0; i < tokens.length; i++) {
            int token = tokens[i];
            for (int lane = 0; lane < kept.length; lane++) {
                logs[lane] = kept[lane].log(token, logits.of(lane, i));
            }
            double log = combined(logs, weights);
            if (log > Double.NEGATIVE_INFINITY && admissible.test(token)) {
                ranking.add(token, log + noise.of(token));
            }
        }
        return ranking;
    }

    private static Contest contest(Position at, Noise noise, Judge judge, Acceptance heads, int unedited) {
        return new Contest(
                judge,
                at.query().mask(),
                unedited,
                heads,
                candidate -> StrictMath.exp(candidate.rank() - noise.of(candidate.token())));
    }

    /** The logarithm of the mixture of some probabilities, given as logarithms. */
    private double combined(double[] logs, double[] weights) {
        if (mode == Mode.PRODUCT) {
            double sum = 0;
            for (int lane = 0; lane < logs.length; lane++) {
                sum += weights[lane] * logs[lane];
            }
            return sum;
        }
        double top = Double.NEGATIVE_INFINITY;
        for (double log : logs) {
            top = Math.max(top, log);
        }
        if (top == Double.NEGATIVE_INFINITY) {
            return top;
        }
        double sum = 0;
        for (int lane = 0; lane < logs.length; lane++) {
            sum += weights[lane] * StrictMath.exp(logs[lane] - top);
        }
        return top + StrictMath.log(sum);
    }
}
