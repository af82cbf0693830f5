package dev.sluice.draft;

import java.util.Arrays;

/**
 * The claims of all proposers about one place, made into one distribution over the next token. One thread; no allocation
 * once it has grown.
 *
 * <p>Each proposer shares out what those before it left open. So a token that two proposers claim gains by it, and a weak
 * claim against a strong one loses.
 */
final class Blend {
    /** What a blend leaves open at least: no claim is certain. */
    private static final double LEAST_REST = 0.02;

    /**
     * How much of the noise counts: estimates are rough, so that a token with less noise than another wins more often than
     * exact probabilities would say. On Spec-Bench at temperature 0.8, 0.25 to 0.5 did best; 1 did worse than 0.
     */
    private static final double TRUST = 0.4;

    /** Mean of the largest of many draws of the noise, above the logarithm of their mass. */
    private static final double EULER = 0.5772;

    int[] tokens = new int[16];
    double[] estimates = new double[16];

    /** Index of the proposer with the largest part in each estimate. */
    int[] sources = new int[16];

    private double[] parts = new double[16];
    int size;

    /** Replaces the blend by that of some claims, their estimates calibrated. */
    void of(Claims[] claims) {
        size = 0;
        double rest = 1;
        for (int i = 0; i < claims.length; i++) {
            rest -= share(claims[i], i, rest);
        }
    }

    /** Adds one proposer's claims to what is open; returns what they take. */
    private double share(Claims claims, int source, double rest) {
        double mass = 0;
        for (int i = 0; i < claims.size; i++) {
            mass += claims.estimates[i];
        }
        double scale = mass > 1 - LEAST_REST ? (1 - LEAST_REST) / mass : 1;
        for (int i = 0; i < claims.size; i++) {
            add(claims.tokens[i], rest * scale * claims.estimates[i], source);
        }
        return rest * scale * mass;
    }

    private void add(int token, double part, int source) {
        for (int i = 0; i < size; i++) {
            if (tokens[i] == token) {
                estimates[i] += part;
                if (part > parts[i]) {
                    parts[i] = part;
                    sources[i] = source;
                }
                return;
            }
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            estimates = Arrays.copyOf(estimates, 2 * size);
            sources = Arrays.copyOf(sources, 2 * size);
            parts = Arrays.copyOf(parts, 2 * size);
        }
        tokens[size] = token;
        estimates[size] = part;
        sources[size] = source;
        parts[size++] = part;
    }

    /**
     * Turns probabilities into the chances of winning the draw, given the noise of the tokens blended: the target emits
     * the token with the highest sum of log-probability and noise, and what is not blended draws its noise unseen.
     */
    void couple(DraftNoise noise, int position) {
        double open = 1;
        for (int i = 0; i < size; i++) {
            open -= estimates[i];
        }
        double all = Math.max(open, LEAST_REST) * Math.exp(EULER);
        for (int i = 0; i < size; i++) {
            estimates[i] *= Math.exp(Math.min(30, TRUST * noise.of(position, tokens[i])));
            all += estimates[i];
        }
        for (int i = 0; i < size; i++) {
            estimates[i] /= all;
        }
    }
}
