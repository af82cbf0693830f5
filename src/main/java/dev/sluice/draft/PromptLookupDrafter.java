package dev.sluice.draft;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Looks for earlier occurrences of the latest tokens in prompt and answer, and proposes what followed there.
 *
 * <p>The occurrences that match furthest back are followed together: where they part, the tree branches, more frequent
 * and more recent continuations first. The estimate of a branch is the share of occurrences that take it, times the
 * chance that a match of its length goes on, which is learned from the proposals that came true. The context is scanned
 * anew each time, one comparison a token, so going back needs no care. After Saxena 2023, "Prompt lookup decoding".
 */
public final class PromptLookupDrafter implements Drafter {
    /** The name of this drafter. */
    public static final String NAME = "prompt-lookup";

    /** Matches are not told apart beyond this many tokens. */
    private static final int LONGEST = 6;

    private static final int MOST_OCCURRENCES = 8;
    private static final double LEAST = 0.08;
    private static final double LEARNING_RATE = 0.1;

    /** Chance that a match of so many tokens goes on. */
    private final double[] chances = {0, 0.2, 0.45, 0.65, 0.8, 0.85, 0.9};

    private int proposedAt = -1;
    private int proposedMatch;
    private List<Integer> proposedFrom = List.of();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void propose(TokenSequence context, TreeBuilder tree) {
        learn(context);
        List<Integer> occurrences = new ArrayList<>();
        int match = longestMatches(context, occurrences);
        if (!occurrences.isEmpty()) {
            proposedAt = context.length();
            proposedMatch = match;
            proposedFrom = occurrences;
            grow(context, tree, TreeBuilder.ROOT, occurrences, match, 1);
        }
    }

    @Override
    public void observe(int[] tokens, int[][] successors) {}

    private void learn(TokenSequence context) {
        if (proposedAt >= 0 && proposedAt < context.length()) {
            int token = context.get(proposedAt);
            double hit = proposedFrom.stream().anyMatch(at -> context.get(at) == token) ? 1 : 0;
            chances[proposedMatch] += LEARNING_RATE * (hit - chances[proposedMatch]);
        }
        proposedAt = -1;
    }

    /** Collects the positions after the longest matches, most recent first, and returns their length. */
    private static int longestMatches(TokenSequence context, List<Integer> occurrences) {
        int length = context.length();
        int longest = 1;
        int last = context.get(length - 1);
        for (int next = length - 1; next > 0; next--) {
            if (context.get(next - 1) != last) {
                continue;
            }
            int match = 1;
            while (match < LONGEST
                    && match < next
                    && context.get(next - 1 - match) == context.get(length - 1 - match)) {
                match++;
            }
            if (match > longest) {
                longest = match;
                occurrences.clear();
            }
            if (match == longest && occurrences.size() < MOST_OCCURRENCES) {
                occurrences.add(next);
            }
        }
        return longest;
    }

    private void grow(
            TokenSequence context, TreeBuilder tree, int parent, List<Integer> occurrences, int match, double path) {
        List<List<Integer>> branches = new ArrayList<>();
        int followed = 0;
        for (int at : occurrences) {
            if (at < context.length()) {
                branch(context, branches, context.get(at)).add(at);
                followed++;
            }
        }
        branches.sort(Collections.reverseOrder((a, b) -> Integer.compare(a.size(), b.size())));
        double chance = chances[Math.min(match, LONGEST)];
        for (List<Integer> branch : branches) {
            double probability = chance * branch.size() / followed;
            if (path * probability < LEAST || tree.room() == 0) {
                return;
            }
            int node = tree.add(parent, context.get(branch.get(0)), probability);
            if (node != TreeBuilder.REFUSED) {
                List<Integer> next = branch.stream().map(at -> at + 1).toList();
                grow(context, tree, node, next, match + 1, path * probability);
            }
        }
    }

    private static List<Integer> branch(TokenSequence context, List<List<Integer>> branches, int token) {
        for (List<Integer> branch : branches) {
            if (context.get(branch.get(0)) == token) {
                return branch;
            }
        }
        List<Integer> branch = new ArrayList<>();
        branches.add(branch);
        return branch;
    }
}
