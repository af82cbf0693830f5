package dev.sluice.testkit;

import dev.sluice.draft.TokenTree;
import dev.sluice.draft.TreeBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;

/** A plain tree builder with a budget and a filter on (path from the root, token). */
public final class TestTree implements TreeBuilder {
    private final int budget;
    private final BiPredicate<List<Integer>, Integer> admits;
    private final List<Integer> tokens = new ArrayList<>();
    private final List<Integer> parents = new ArrayList<>();
    private final List<Double> paths = new ArrayList<>();
    private final List<String> sources = new ArrayList<>();

    /** An empty tree of at most {@code budget} nodes. */
    public TestTree(int budget, BiPredicate<List<Integer>, Integer> admits) {
        this.budget = budget;
        this.admits = admits;
    }

    @Override
    public int room() {
        return budget - tokens.size();
    }

    @Override
    public int add(int parent, int token, double probability) {
        return add(parent, token, probability, "test");
    }

    @Override
    public int add(int parent, int token, double probability, String source) {
        if (parent < ROOT || parent >= tokens.size() || !(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException("parent " + parent + ", probability " + probability);
        }
        for (int node = 0; node < tokens.size(); node++) {
            if (parents.get(node) == parent && tokens.get(node) == token) {
                return node;
            }
        }
        if (room() == 0 || !admits.test(path(parent), token)) {
            return REFUSED;
        }
        tokens.add(token);
        parents.add(parent);
        paths.add(probability * (parent == ROOT ? 1 : paths.get(parent)));
        sources.add(source);
        return tokens.size() - 1;
    }

    /** Tokens from below the root to a node. */
    public List<Integer> path(int node) {
        List<Integer> path = new ArrayList<>();
        for (int at = node; at != ROOT; at = parents.get(at)) {
            path.add(0, tokens.get(at));
        }
        return path;
    }

    /** The tree so far. */
    public TokenTree tree() {
        return new TokenTree(
                tokens.stream().mapToInt(Integer::intValue).toArray(),
                parents.stream().mapToInt(Integer::intValue).toArray(),
                paths.stream().mapToDouble(Double::doubleValue).toArray(),
                sources.toArray(String[]::new));
    }
}
