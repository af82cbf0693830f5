package dev.sluice.draft;

/** Proposes likely continuations of one choice. One instance a choice, one thread; knows no policy. */
public interface Drafter {
    /** The name requests and reports use, such as {@code prompt-lookup}. */
    String name();

    /**
     * Adds likely continuations to a tree under construction.
     *
     * @param context prompt and answer so far, the root last
     * @param tree where to add; refuses what the hooks forbid and what exceeds the budget
     */
    void propose(TokenSequence context, TreeBuilder tree);

    /**
     * Learns from a verified pass.
     *
     * @param tokens tokens of the root and of every verified node, accepted or not
     * @param successors per token the most probable next tokens by the target's own raw logits, best first
     */
    void observe(int[] tokens, int[][] successors);
}
