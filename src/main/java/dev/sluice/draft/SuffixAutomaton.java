package dev.sluice.draft;

import java.util.Arrays;

/**
 * Every substring of a growing sequence of tokens, with how often it occurs: the smallest automaton that accepts the
 * suffixes, built token by token.
 *
 * <p>A state stands for substrings that end at the same places; state 0 is the empty one. Appending costs amortised
 * constant time. Occurrences are counted along at most {@value #COUNTED} suffixes of each place, longest first, so that
 * a sequence that repeats one token stays cheap; beyond that the counts fall short. Memory: about 120 bytes a token. After
 * Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text". One thread.
 */
final class SuffixAutomaton {
    /** Suffixes counted at each place. */
    static final int COUNTED = 32;

    /** No state. */
    static final int NONE = -1;

    private int[] lengths;
    private int[] links;
    private int[] counts;
    private int[] latest;
    private int[] firstEdges;
    private int states = 1;

    private int[] edgeFrom;
    private int[] edgeToken;
    private int[] edgeTarget;
    private int[] nextEdge;
    private int edges;

    /** Edges by state and token: open addressing, −1 where empty. */
    private int[] slots;

    private int last;
    private int size;

    /** The automaton of the empty sequence, with room for {@code expected} tokens before it grows. */
    SuffixAutomaton(int expected) {
        int capacity = Math.max(8, expected);
        lengths = new int[2 * capacity];
        links = new int[2 * capacity];
        counts = new int[2 * capacity];
        latest = new int[2 * capacity];
        firstEdges = new int[2 * capacity];
        edgeFrom = new int[2 * capacity];
        edgeToken = new int[2 * capacity];
        edgeTarget = new int[2 * capacity];
        nextEdge = new int[2 * capacity];
        slots = new int[Integer.highestOneBit(4 * capacity - 1) << 1];
        clear();
    }

    /** Forgets everything; keeps the memory. */
    void clear() {
        states = 1;
        edges = 0;
        last = 0;
        size = 0;
        links[0] = NONE;
        lengths[0] = 0;
        counts[0] = 0;
        firstEdges[0] = NONE;
        Arrays.fill(slots, NONE);
    }

    /** Tokens appended. */
    int size() {
        return size;
    }

    /** Bytes held. */
    long bytes() {
        return 4L * (5L * lengths.length + 4L * edgeFrom.length + slots.length);
    }

    /** Appends a token. */
    void append(int token) {
        int current = newState(size + 1, 0);
        int from = last;
        while (from != NONE && edge(from, token) == NONE) {
            addEdge(from, token, current);
            from = links[from];
        }
        int link = 0;
        if (from != NONE) {
            int target = edgeTarget[edge(from, token)];
            // Splitting may replace the arrays, so it comes before the assignment.
            link = lengths[target] == lengths[from] + 1 ? target : split(from, token, target);
        }
        links[current] = link;
        last = current;
        size++;
        for (int state = current, i = 0; state > 0 && i < COUNTED; state = links[state], i++) {
            counts[state]++;
            latest[state] = size;
        }
    }

    /** Makes the substrings that end in {@code from} and the token a state of their own. */
    private int split(int from, int token, int target) {
        int clone = newState(lengths[from] + 1, counts[target]);
        latest[clone] = latest[target];
        for (int edge = firstEdges[target]; edge != NONE; edge = nextEdge[edge]) {
            addEdge(clone, edgeToken[edge], edgeTarget[edge]);
        }
        links[clone] = links[target];
        links[target] = clone;
        int at = from;
        while (at != NONE) {
            int edge = edge(at, token);
            if (edge == NONE || edgeTarget[edge] != target) {
                break;
            }
            edgeTarget[edge] = clone;
            at = links[at];
        }
        return clone;
    }

    /** The state of the longest suffix of the sequence that also occurs earlier. */
    int repeated() {
        return last == 0 ? 0 : links[last];
    }

    /** The state behind one more token, or {@link #NONE} where that substring does not occur. */
    int after(int state, int token) {
        int edge = edge(state, token);
        return edge == NONE ? NONE : edgeTarget[edge];
    }

    /** The state of the next shorter suffix that occurs elsewhere too; {@link #NONE} of the empty one. */
    int shorter(int state) {
        return links[state];
    }

    /** Length of the longest substring of a state. */
    int length(int state) {
        return lengths[state];
    }

    /** How often the substrings of a state occur; not kept of the empty one. */
    int count(int state) {
        return counts[state];
    }

    /** Tokens up to the end of the latest occurrence of the substrings of a state. */
    int latest(int state) {
        return latest[state];
    }

    /** The first continuation of a state, or {@link #NONE}; in no particular order. */
    int firstContinuation(int state) {
        return firstEdges[state];
    }

    /** The continuation behind another of the same state, or {@link #NONE}. */
    int nextContinuation(int continuation) {
        return nextEdge[continuation];
    }

    /** The token of a continuation. */
    int token(int continuation) {
        return edgeToken[continuation];
    }

    /** The state a continuation leads to. */
    int target(int continuation) {
        return edgeTarget[continuation];
    }

    private int newState(int length, int count) {
        if (states == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * states);
            links = Arrays.copyOf(links, 2 * states);
            counts = Arrays.copyOf(counts, 2 * states);
            latest = Arrays.copyOf(latest, 2 * states);
            firstEdges = Arrays.copyOf(firstEdges, 2 * states);
        }
        lengths[states] = length;
        counts[states] = count;
        firstEdges[states] = NONE;
        return states++;
    }

    private void addEdge(int from, int token, int target) {
        if (edges == edgeFrom.length) {
            edgeFrom = Arrays.copyOf(edgeFrom, 2 * edges);
            edgeToken = Arrays.copyOf(edgeToken, 2 * edges);
            edgeTarget = Arrays.copyOf(edgeTarget, 2 * edges);
            nextEdge = Arrays.copyOf(nextEdge, 2 * edges);
        }
        if (2 * (edges + 1) > slots.length) {
            slots = new int[2 * slots.length];
            Arrays.fill(slots, NONE);
            for (int edge = 0; edge < edges; edge++) {
                slots[freeSlot(edgeFrom[edge], edgeToken[edge])] = edge;
            }
        }
        edgeFrom[edges] = from;
        edgeToken[edges] = token;
        edgeTarget[edges] = target;
        nextEdge[edges] = firstEdges[from];
        firstEdges[from] = edges;
        slots[freeSlot(from, token)] = edges++;
    }

    private int freeSlot(int from, int token) {
        int slot = slot(from, token);
        while (slots[slot] != NONE) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private int edge(int from, int token) {
        for (int slot = slot(from, token); slots[slot] != NONE; slot = (slot + 1) & (slots.length - 1)) {
            int edge = slots[slot];
            if (edgeFrom[edge] == from && edgeToken[edge] == token) {
                return edge;
            }
        }
        return NONE;
    }

    private int slot(int from, int token) {
        long key = (from * 0x9E3779B97F4A7C15L) ^ (token * 0xC2B2AE3D27D4EB4FL);
        return (int) (((key ^ (key >>> 29)) * 0xBF58476D1CE4E5B9L) >>> 33) & (slots.length - 1);
    }
}
