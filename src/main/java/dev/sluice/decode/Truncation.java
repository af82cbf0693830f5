package dev.sluice.decode;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of a row the request keeps.
 *
 * <p>{@code top_k}, {@code top_p} and {@code min_p} each look at the request's own distribution, and a token stays if
 * all of them keep it: a {@link Cut} of the tokens in the order (logit descending, id ascending). {@code top_p} keeps
 * the token that crosses the mass. {@code typical_p} (Meister et al. 2023) then chooses among those, renormalised,
 * ties to the lowest id; where all their masses are 0 in float64, it keeps all of them. Masses are {@code exp(logit − logSumExp)} in float64, added in the order of the cut. The most probable token survives a cut.
 *
 * @param topK 0 keeps all
 * @param topP 1 keeps all
 * @param minP 0 keeps all
 * @param typicalP 1 keeps all
 */
record Truncation(int topK, double topP, double minP, double typicalP) {
    /** The truncation of a request; greedy decoding has none. */
    static Truncation of(SamplingParameters sampling) {
        return sampling.isGreedy()
                ? new Truncation(0, 1, 0, 1)
                : new Truncation(sampling.topK(), sampling.topP(), sampling.minP(), sampling.typicalP());
    }

    /** Whether the best tokens alone never tell which ones are kept: entropy needs the whole row. */
    boolean needsWholeRow() {
        return typicalP < 1;
    }

    /**
     * The cut, if the given tokens decide it.
     *
     * @param sorted tokens by logit, consumed
     * @param floor tokens with at most this logit may be missing from {@code sorted}; −∞ if none is
     * @param logSumExp of the whole row
     * @param mass what the masses of the tokens under consideration add up to; 1 for the whole row
     * @param taken told each token that is taken from {@code sorted}, all of them kept
     * @return null if it lies at or below the floor
     */
    @Nullable
    Cut cut(Ranking sorted, float floor, double logSumExp, double mass, IntConsumer taken) {
        Cut least = minP > 0
                ? new Cut(sorted.score() + StrictMath.log(minP), Integer.MAX_VALUE)
                : new Cut(Double.NEGATIVE_INFINITY, Integer.MAX_VALUE);
        if (topK == 0 && topP >= 1) {
            return least;
        }
        double sum = 0;
        for (int kept = 1; !sorted.isEmpty(); kept++) {
            double logit = sorted.score();
            if (logit < least.logit()) {
                return least;
            }
            if (logit <= floor) {
                return null;
            }
            int token = sorted.pop();
            taken.accept(token);
            sum += StrictMath.exp(logit - logSumExp);
            if (kept == topK || (topP < 1 && sum >= topP * mass)) {
                return new Cut(logit, token);
            }
        }
        return least;
    }

    /**
     * The logarithm of what the tokens up to a cut weigh, added in the order of their logits; 0 where all are kept.
     *
     * @param sorted tokens by logit, consumed; all up to the cut are among them
     * @param logSumExp of the whole row
     */
    double logMass(Cut cut, Ranking sorted, double logSumExp) {
        if (topK == 0 && topP >= 1 && minP == 0 && typicalP >= 1) {
            return 0;
        }
        double mass = 0;
        while (!sorted.isEmpty() && cut.keeps(sorted.first(), (float) sorted.score())) {
            mass += StrictMath.exp(sorted.score() - logSumExp);
            sorted.pop();
        }
        return StrictMath.log(mass);
    }

    /**
     * The tokens kept of a whole row.
     *
     * @param row scaled logits
     * @param logSumExp of the row before anything was removed from it
     * @param renormalise whether something was removed since
     * @return the row with −∞ for every other token
     */
    float[] keep(float[] row, double logSumExp, boolean renormalise) {
        double mass = 1;
        if (renormalise && topP < 1) {
            mass = 0;
            for (float logit : row) {
                mass += StrictMath.exp(logit - logSumExp);
            }
        }
        Cut cut = Objects.requireNonNull(
                cut(Ranking.byLogit(row), Float.NEGATIVE_INFINITY, logSumExp, mass, token -> {}),
                "a whole row decides every cut");
        float[] kept = row.clone();
        for (int token = 0; token < kept.length; token++) {
            if (!cut.keeps(token, kept[token])) {
                kept[token] = Float.NEGATIVE_INFINITY;
            }
        }
        return typicalP < 1 ? typical(kept, logSumExp) : kept;
    }

    /** Keeps the tokens whose surprise is closest to the entropy, up to the mass; ties to the lowest id. */
    private float[] typical(float[] row, double logSumExp) {
        double[] masses = new double[row.length];
        double mass = 0;
        double moment = 0;
        for (int token = 0; token < row.length; token++) {
            if (row[token] > Float.NEGATIVE_INFINITY) {
                double log = row[token] - logSumExp;
                masses[token] = StrictMath.exp(log);
                mass += masses[token];
                moment += masses[token] * log;
            }
        }
        if (mass == 0) {
            return row;
        }
        double mean = moment / mass;
        Ranking byDistance = new Ranking(row.length);
        for (int token = 0; token < row.length; token++) {
            if (row[token] > Float.NEGATIVE_INFINITY) {
                byDistance.add(token, -Math.abs(row[token] - logSumExp - mean));
            }
        }
        float[] kept = new float[row.length];
        Arrays.fill(kept, Float.NEGATIVE_INFINITY);
        double sum = 0;
        do {
            int token = byDistance.pop();
            kept[token] = row[token];
            sum += masses[token];
        } while (!byDistance.isEmpty() && sum < typicalP * mass);
        return kept;
    }

    /**
     * Where the kept tokens end.
     *
     * @param logit the lowest logit kept
     * @param lastToken of the tokens with exactly this logit, the last one kept
     */
    record Cut(double logit, int lastToken) {
        /** Whether a token is kept; −∞ never is. */
        boolean keeps(int token, float scaled) {
            return scaled > Float.NEGATIVE_INFINITY && (scaled > logit || (scaled == logit && token <= lastToken));
        }
    }
}
