package dev.sluice.token;

import java.util.Arrays;
import java.util.Comparator;

/**
 * The vocabulary as a trie over bytes, for whoever must find the tokens that begin in some way without asking all of them.
 *
 * <p>Layout: nodes are numbered breadth first, the root 0, so the children of a node are neighbours, ascending by their byte.
 * {@code firstChild[n]} to {@code firstChild[n + 1]} are the children of {@code n}; {@code label[n]} is the byte on the edge
 * into {@code n}. Tokens stand in one array, sorted by their bytes: those whose text begins with the bytes of node {@code n}
 * are {@code sorted[from[n]]} to {@code sorted[to[n]]}, and those whose text is just these bytes, several if names differ
 * but bytes do not, come first, up to {@code own[n]}. All ends are exclusive. Tokens without text, the control tokens, are
 * not in it.
 *
 * <p>Six numbers a node; a vocabulary of 49,152 has some 100,000 nodes. Immutable and shared.
 */
public final class TokenTrie {
    private static final int FIRST_CAPACITY = 1024;

    private final int[] sorted;
    private int[] firstChild = new int[FIRST_CAPACITY];
    private byte[] label = new byte[FIRST_CAPACITY];
    private int[] from = new int[FIRST_CAPACITY];
    private int[] own = new int[FIRST_CAPACITY];
    private int[] to = new int[FIRST_CAPACITY];
    private int nodes;

    /** Builds the trie of a vocabulary; time and space are linear in its bytes but for a sort. */
    public TokenTrie(Vocabulary vocabulary) {
        Integer[] order = new Integer[vocabulary.size()];
        int count = 0;
        for (int token = 0; token < vocabulary.size(); token++) {
            if (vocabulary.bytes(token).length > 0) {
                order[count++] = token;
            }
        }
        Comparator<Integer> byBytes =
                (left, right) -> Arrays.compareUnsigned(vocabulary.bytes(left), vocabulary.bytes(right));
        Arrays.sort(order, 0, count, byBytes.thenComparing(Comparator.naturalOrder()));
        sorted = new int[count];
        for (int i = 0; i < count; i++) {
            sorted[i] = order[i];
        }
        build(vocabulary);
    }

    private void build(Vocabulary vocabulary) {
        add((byte) 0, 0, sorted.length);
        int depth = 0;
        int lastOfDepth = 0;
        for (int node = 0; node < nodes; node++) {
            if (node > lastOfDepth) {
                depth++;
                lastOfDepth = nodes - 1;
            }
            int next = from[node];
            while (next < to[node] && vocabulary.bytes(sorted[next]).length == depth) {
                next++;
            }
            own[node] = next;
            firstChild[node] = nodes;
            while (next < to[node]) {
                byte edge = vocabulary.bytes(sorted[next])[depth];
                int end = next + 1;
                while (end < to[node] && vocabulary.bytes(sorted[end])[depth] == edge) {
                    end++;
                }
                add(edge, next, end);
                next = end;
            }
        }
        label = Arrays.copyOf(label, nodes);
        firstChild = Arrays.copyOf(firstChild, nodes + 1);
        firstChild[nodes] = nodes;
        from = Arrays.copyOf(from, nodes);
        own = Arrays.copyOf(own, nodes);
        to = Arrays.copyOf(to, nodes);
    }

    private void add(byte edge, int start, int end) {
        if (nodes == label.length) {
            int capacity = 2 * nodes;
            label = Arrays.copyOf(label, capacity);
            firstChild = Arrays.copyOf(firstChild, capacity);
            from = Arrays.copyOf(from, capacity);
            own = Arrays.copyOf(own, capacity);
            to = Arrays.copyOf(to, capacity);
        }
        label[nodes] = edge;
        from[nodes] = start;
        to[nodes] = end;
        nodes++;
    }

    /** Number of nodes; they are 0, the root, to {@code size() - 1}. A child's number is above its parent's. */
    public int size() {
        return nodes;
    }

    /** The child of a node along a byte, or -1. */
    public int child(int node, byte edge) {
        int low = firstChild[node];
        int high = firstChild[node + 1] - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Byte.compareUnsigned(label[middle], edge);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** The first child of a node; its children are the nodes from here to {@link #endOfChildren}. */
    public int firstChild(int node) {
        return firstChild[node];
    }

    /** The node after the last child of a node. */
    public int endOfChildren(int node) {
        return firstChild[node + 1];
    }

    /** The byte on the edge into a node; 0 for the root. */
    public byte label(int node) {
        return label[node];
    }

    /** Where the tokens that begin with a node's bytes start among the {@linkplain #sorted sorted} ones. */
    public int from(int node) {
        return from[node];
    }

    /** Where the tokens whose text is just a node's bytes end among the sorted ones; they start at {@link #from}. */
    public int endOfOwn(int node) {
        return own[node];
    }

    /** Where the tokens that begin with a node's bytes end among the sorted ones. */
    public int to(int node) {
        return to[node];
    }

    /** The token at a place of the sorted order: by unsigned bytes, then by id. */
    public int sorted(int place) {
        return sorted[place];
    }

    /** Number of tokens in the trie. */
    public int tokens() {
        return sorted.length;
    }
}
