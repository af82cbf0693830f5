package dev.sluice.draft;

import java.util.Arrays;

/**
 * How far a proposer's estimates have come true: hits over what was expected, by kind of evidence and depth, with
 * exponential decay. One thread.
 */
final class Calibration {
    private static final int DEPTHS = 4;

    /** Expected hits that the first assumption weighs. */
    private static final float PRIOR = 4;

    /** What part of the estimates is believed at first: what is drafted too early costs more than what is drafted late. */
    private static final float BELIEF = 0.85f;

    /** Expected hits at which the past is halved. */
    private static final float MEMORY = 60;

    private static final double MOST = 0.97;

    private final float[] expected = new float[DEPTHS * Claims.KINDS];
    private final float[] hits = new float[DEPTHS * Claims.KINDS];

    /** A calibration that is careful at first. */
    Calibration() {
        this(BELIEF);
    }

    /**
     * A calibration with a first assumption.
     *
     * @param belief hits for each expected one
     */
    Calibration(float belief) {
        Arrays.fill(expected, PRIOR);
        Arrays.fill(hits, belief * PRIOR);
    }

    /** The calibrated estimate. */
    double of(int depth, int kind, double estimate) {
        int cell = cell(depth, kind);
        return Math.min(MOST, estimate * hits[cell] / expected[cell]);
    }

    /** Learns whether a token that was claimed at a reached place was the one emitted. */
    void learn(int depth, int kind, double estimate, boolean hit) {
        int cell = cell(depth, kind);
        expected[cell] += (float) estimate;
        hits[cell] += hit ? 1 : 0;
        if (expected[cell] > MEMORY) {
            expected[cell] /= 2;
            hits[cell] /= 2;
        }
    }

    private static int cell(int depth, int kind) {
        return Math.min(depth, DEPTHS - 1) * Claims.KINDS + kind;
    }
}
