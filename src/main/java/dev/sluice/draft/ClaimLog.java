package dev.sluice.draft;

import java.util.Arrays;

/** The claims made while a tree grew, node by node, kept until the emitted tokens judge them. One thread. */
final class ClaimLog {
    private int[] nodes = new int[256];
    private int[] tokens = new int[256];
    private int[] sources = new int[256];
    private int[] kinds = new int[256];
    private double[] estimates = new double[256];
    private int size;

    void clear() {
        size = 0;
    }

    void add(int node, int source, int token, int kind, double estimate) {
        if (size == tokens.length) {
            nodes = Arrays.copyOf(nodes, 2 * size);
            tokens = Arrays.copyOf(tokens, 2 * size);
            sources = Arrays.copyOf(sources, 2 * size);
            kinds = Arrays.copyOf(kinds, 2 * size);
            estimates = Arrays.copyOf(estimates, 2 * size);
        }
        nodes[size] = node;
        sources[size] = source;
        tokens[size] = token;
        kinds[size] = kind;
        estimates[size++] = estimate;
    }

    /** Tells the calibrations which claims at a node came true. */
    void judge(int node, int depth, int emitted, Calibration[] calibrations) {
        for (int i = 0; i < size; i++) {
            if (nodes[i] == node) {
                calibrations[sources[i]].learn(depth, kinds[i], estimates[i], tokens[i] == emitted);
            }
        }
    }
}
