package dev.sluice.hook.phrase;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Builds one trie out of the banned strings of a view, strings with common beginnings sharing nodes. */
final class Trie {
    private final Supplier<Node> nodes;
    private final Map<Node, Map<List<Integer>, Node>> children = new LinkedHashMap<>();
    final Node root;

    /** An empty trie that takes its nodes from a supplier. */
    Trie(Supplier<Node> nodes) {
        this.nodes = nodes;
        this.root = nodes.get();
    }

    /** Adds a string: per character its alternatives. */
    void add(List<int[]> letters, int rule, boolean rewinds, boolean word) {
        Node node = root;
        for (int[] codes : letters) {
            List<Integer> key = IntStream.of(codes).boxed().sorted().toList();
            Map<List<Integer>, Node> below = children.computeIfAbsent(node, parent -> new LinkedHashMap<>());
            Node child = below.get(key);
            if (child == null) {
                child = nodes.get();
                below.put(key, child);
            }
            node = child;
            node.rewinds |= rewinds;
            node.rejects |= !rewinds;
            if (rewinds && node.rule < 0) {
                node.rule = rule;
            }
        }
        if (word) {
            node.completesWord = append(node.completesWord, rule);
        } else {
            node.completes = append(node.completes, rule);
        }
    }

    /** Writes the children into the nodes. */
    void freeze() {
        children.forEach((node, below) -> {
            record Edge(int code, Node child) {}
            List<Edge> edges = new ArrayList<>();
            below.forEach((codes, child) -> codes.forEach(code -> edges.add(new Edge(code, child))));
            edges.sort((a, b) ->
                    a.code != b.code ? Integer.compare(a.code, b.code) : Integer.compare(a.child.id, b.child.id));
            node.codes = edges.stream().mapToInt(Edge::code).toArray();
            node.children = edges.stream().map(Edge::child).toArray(Node[]::new);
        });
    }

    private static int[] append(int[] rules, int rule) {
        return IntStream.concat(IntStream.of(rules), IntStream.of(rule))
                .distinct()
                .toArray();
    }
}
