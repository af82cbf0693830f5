package dev.sluice.decode;

import dev.sluice.draft.TokenTree;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * The walk over a verified tree: choose at the root, go down while a child carries the chosen token.
 *
 * <p>Every choice is emitted, none is drawn again, so the outcome is that of plain decoding, which is the walk over an
 * empty tree. Whatever the tree, it decides only how many tokens one pass yields.
 */
public final class TreeWalk {
    /** The node that stands for the root. */
    public static final int ROOT = -1;

    /** Not a node: where the walk ends. */
    public static final int NO_NODE = -2;

    private TreeWalk() {}

    /** Takes what the walk yields. */
    @FunctionalInterface
    public interface Emitter {
        /**
         * Takes one choice; the next is made after this returns.
         *
         * @param node the node it was made at, or {@link #ROOT}
         * @param child the child that carries the chosen token, or {@link #NO_NODE}
         * @return whether the walk may go on to that child
         */
        boolean emit(int node, Choice choice, int child);
    }

    /**
     * Walks from the root until no child carries the choice, the choice is a dead end or a rewind, or the emitter stops.
     *
     * @param law the choice at {@link #ROOT} or a node; asked for the nodes on the walk alone
     * @return the nodes gone to, in order: their tokens were emitted and their rows used
     */
    public static int[] walk(TokenTree tree, IntFunction<Choice> law, Emitter emitter) {
        int[] path = new int[tree.size()];
        int length = 0;
        int node = ROOT;
        while (true) {
            Choice choice = law.apply(node);
            int child = choice.verdict() instanceof Verdict.Rewind ? NO_NODE : child(tree, node, choice.token());
            if (!emitter.emit(node, choice, child) || child == NO_NODE) {
                return Arrays.copyOf(path, length);
            }
            path[length++] = child;
            node = child;
        }
    }

    private static int child(TokenTree tree, int parent, int token) {
        for (int node = parent + 1; node < tree.size(); node++) {
            if (tree.parents()[node] == parent && tree.tokens()[node] == token) {
                return node;
            }
        }
        return NO_NODE;
    }
}
