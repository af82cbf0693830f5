package dev.sluice.model;

/**
 * What one session wants of a pass: a tree of tokens behind its committed prefix.
 *
 * <p>A chunk of a prompt is a chain; a decoding step is the root (the last emitted token, not yet committed) and the
 * draft nodes below it.
 *
 * @param session the lane
 * @param tokens token of each node; parents come before children
 * @param parents index of each node's parent in {@code tokens}, or -1 for a child of the committed prefix
 * @param firstRow nodes from this index on get a row of logits; {@code tokens.length} for none
 */
public record Segment(ModelSession session, int[] tokens, int[] parents, int firstRow) {
    /** Number of rows the segment gets. */
    public int rows() {
        return tokens.length - firstRow;
    }

    /** A chain of tokens, such as a chunk of a prompt. */
    public static Segment chain(ModelSession session, int[] tokens, int firstRow) {
        int[] parents = new int[tokens.length];
        for (int i = 0; i < parents.length; i++) {
            parents[i] = i - 1;
        }
        return new Segment(session, tokens, parents, firstRow);
    }
}
