package dev.sluice.draft;

/**
 * Draft tokens below the root (the last emitted token): parallel arrays, parents before children.
 *
 * <p>Siblings are distinct. The root is not a node here: it is parent -1.
 *
 * @param tokens token of each node
 * @param parents index of each node's parent, or -1 for a child of the root
 * @param probabilities estimated probability of the path from the root to each node, in (0, 1]
 * @param sources which drafter proposed each node
 */
public record TokenTree(int[] tokens, int[] parents, double[] probabilities, String[] sources) {
    private static final TokenTree EMPTY = new TokenTree(new int[0], new int[0], new double[0], new String[0]);

    /** A tree without nodes: plain decoding. */
    public static TokenTree empty() {
        return EMPTY;
    }

    /** Number of nodes. */
    public int size() {
        return tokens.length;
    }
}
