package dev.sluice.draft;

import java.util.Arrays;

/**
 * The nodes a tree could grow next, as a heap by path probability; ties go to the one that came first. One thread; no
 * allocation once it has grown.
 */
final class Sprouts {
    private int[] heap = new int[64];
    private int heapSize;
    private int[] parents = new int[64];
    private int[] tokens = new int[64];
    private int[] sources = new int[64];
    private double[] estimates = new double[64];
    private double[] paths = new double[64];
    private int size;

    /** Forgets all. */
    void clear() {
        size = 0;
        heapSize = 0;
    }

    /**
     * Adds one.
     *
     * @param parent node it would hang below
     * @param estimate probability that it follows its parent
     * @param path probability of the path to it
     * @param source index of the proposer to name
     */
    void add(int parent, int token, double estimate, double path, int source) {
        if (size == tokens.length) {
            heap = Arrays.copyOf(heap, 2 * size);
            parents = Arrays.copyOf(parents, 2 * size);
            tokens = Arrays.copyOf(tokens, 2 * size);
            sources = Arrays.copyOf(sources, 2 * size);
            estimates = Arrays.copyOf(estimates, 2 * size);
            paths = Arrays.copyOf(paths, 2 * size);
        }
        parents[size] = parent;
        tokens[size] = token;
        sources[size] = source;
        estimates[size] = estimate;
        paths[size] = path;
        int at = heapSize++;
        while (at > 0 && before(size, heap[(at - 1) / 2])) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = size++;
    }

    /** Path probability of the most probable one; 0 if there is none. */
    double best() {
        return heapSize == 0 ? 0 : paths[heap[0]];
    }

    /** Number added so far, those taken out among them; the next gets this number. */
    int size() {
        return size;
    }

    /** The most probable one. There must be one. */
    int peek() {
        return heap[0];
    }

    /** Takes the most probable one out; its properties stay readable. There must be one. */
    int pop() {
        int best = heap[0];
        int moved = heap[--heapSize];
        int at = 0;
        for (int child = 1; child < heapSize; child = 2 * at + 1) {
            if (child + 1 < heapSize && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], moved)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = moved;
        return best;
    }

    int parent(int sprout) {
        return parents[sprout];
    }

    int token(int sprout) {
        return tokens[sprout];
    }

    int source(int sprout) {
        return sources[sprout];
    }

    double estimate(int sprout) {
        return estimates[sprout];
    }

    double path(int sprout) {
        return paths[sprout];
    }

    private boolean before(int one, int other) {
        return paths[one] > paths[other] || (paths[one] == paths[other] && one < other);
    }
}
