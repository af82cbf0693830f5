package dev.sluice.draft;

import java.util.Arrays;

/** The claims made while a tree grew, node by node, kept until the emitted tokens judge them. One thread. */
final class ClaimLog {
    private int[] tokens = new int[256];
    private int[] sources = new int[256];
    private int[] kinds = new int[256];
    private double[] estimates = new double[256];
    private int size;

    void clear() {
        size = 0;
    }

    /** Number of claims. */
    int size() {
        return size;
    }

    void add(int source, int token, int kind, double estimate) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            sources = Arrays.copyOf(sources, 2 * size);
            kinds = Arrays.copyOf(kinds, 2 * size);
            estimates = Arrays.copyOf(estimates, 2 * size);
        }
        sources[size] = source;
        tokens[size] = token;
        kinds[size] = kind;
        estimates[size++] = estimate;
    }

    /** Tells the calibrations which claims of a range came true. */
    void judge(int from, int to, int depth, int emitted, Calibration[] calibrations) {
        for (int i = from; i < to; i++) {
            calibrations[sources[i]].learn(depth, kinds[i], estimates[i], tokens[i] == emitted);
        }
    }
}
