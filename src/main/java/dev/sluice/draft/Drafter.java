package dev.sluice.draft;

/** Proposes likely continuations of one choice. One instance a choice, one thread; knows no policy. */
public interface Drafter {
    /** The name requests and reports use, such as {@code prompt-lookup}. */
    String name();

    /**
     * Begins a tree of likely continuations.
     *
     * @param context prompt and answer so far, the root last
     * @param tree where nodes are added; refuses what the hooks forbid and what exceeds the budget
     * @return what adds them, until the next call
     */
    Growth grow(TokenSequence context, TreeBuilder tree);

    /**
     * Learns from a verified pass.
     *
     * @param tokens tokens of the root and of every verified node, accepted or not
     * @param successors the most probable next tokens behind each
     */
    void observe(int[] tokens, Successors[] successors);

    /**
     * Learns from the whole, when the choice ends in whatever way. Called at most once.
     *
     * @param context prompt and answer
     */
    void finish(TokenSequence context);
}
