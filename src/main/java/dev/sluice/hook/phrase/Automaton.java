package dev.sluice.hook.phrase;

import com.ibm.icu.text.UnicodeSet;
import dev.sluice.decode.RuleId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All rules of one view as one nondeterministic automaton: tries of the banned strings, and the patterns beside them.
 *
 * <p>Immutable once built. {@link Threads} runs it.
 */
final class Automaton {
    /** Most places that the visited-tables of an automaton may take. */
    private static final int MOST_SLOTS = 4_000_000;

    final View view;
    final Node[] nodes;
    /** Places in a table of visited nodes; see {@link Node#slot}. */
    final int slots;
    /** Root of the banned strings that may stand anywhere. */
    final Node strings;
    /** Root of the banned strings that must be whole words. */
    final Node words;
    /** Where patterns may begin. */
    private final List<Entry> entries;

    private final Entry[][] entriesByAscii;
    /** Whether any rule rejects, or rewinds. */
    final boolean rejects;

    final boolean rewinds;

    private Automaton(Builder builder) {
        this.view = builder.view;
        this.nodes = builder.nodes.toArray(Node[]::new);
        this.strings = builder.strings.root;
        this.words = builder.words.root;
        this.entries = List.copyOf(builder.entries);
        this.rejects = builder.rejects;
        this.rewinds = builder.rewinds;
        this.slots = builder.slots;
        this.entriesByAscii = new Entry[0x80][];
        for (int code = 0; code < entriesByAscii.length; code++) {
            int wanted = code;
            entriesByAscii[code] =
                    entries.stream().filter(entry -> entry.set.contains(wanted)).toArray(Entry[]::new);
        }
    }

    /**
     * The first character of a pattern.
     *
     * @param condition the {@link Gap} conditions before it
     * @param set the characters
     * @param node the node that consumes it
     */
    record Entry(int condition, UnicodeSet set, Node node) {}

    /** The patterns' entries that a character may take; of a character that is not ASCII all, to be tested. */
    Entry[] entries(int code) {
        return code < entriesByAscii.length
                ? entriesByAscii[code]
                : entries.stream().filter(entry -> entry.set.contains(code)).toArray(Entry[]::new);
    }

    /** Collects the rules of one view. */
    static final class Builder {
        private final View view;
        private final List<Node> nodes = new ArrayList<>();
        private final List<Entry> entries = new ArrayList<>();
        private final Trie strings = new Trie(() -> newNode(Node.Kind.TRIE));
        private final Trie words = new Trie(() -> newNode(Node.Kind.TRIE));
        private boolean rejects;
        private boolean rewinds;
        private int slots;
        private long lengthSlots;

        Builder(View view) {
            this.view = view;
        }

        /** Adds a banned string: per character its alternatives. */
        void addString(List<int[]> letters, int rule, PhraseRule stated) {
            boolean rewind = note(stated);
            (stated.wholeWord() ? words : strings).add(letters, rule, rewind, stated.wholeWord());
            checkSize(stated.id(), nodes.size() + lengthSlots);
        }

        /**
         * Adds a pattern.
         *
         * @param longest most characters of a match, or 0 where the pattern's own longest match says it
         * @throws PhraseException if its tables grow too large
         */
        void addPattern(Regex pattern, int rule, PhraseRule stated, int longest) {
            boolean rewind = note(stated);
            int first = nodes.size();
            Node accept = newNode(Node.Kind.ACCEPT);
            Node start = add(pattern, accept);
            lengthSlots += (nodes.size() - first) * (long) longest;
            checkSize(stated.id(), nodes.size() + lengthSlots);
            for (Node node : nodes.subList(first, nodes.size())) {
                node.rule = rule;
                node.rewinds = rewind;
                node.rejects = !rewind;
                node.longest = longest;
            }
            enter(start);
        }

        private static void checkSize(RuleId rule, long places) {
            if (places > MOST_SLOTS) {
                throw new PhraseException(
                        rule,
                        "phrase.too-large",
                        "with rule " + rule + " the phrase rules of one match level make " + places
                                + " states (nodes times max-length), at most " + MOST_SLOTS
                                + "; lower max-length, shorten the pattern or split the policy",
                        -1);
            }
        }

        /** Ends the building. */
        Automaton build() {
            strings.freeze();
            words.freeze();
            for (Node node : nodes) {
                node.slot = slots;
                slots += node.longest + 1;
            }
            return new Automaton(this);
        }

        private boolean note(PhraseRule stated) {
            boolean rewind = stated.onMatch() == PhraseRule.OnMatch.REWIND;
            rewinds |= rewind;
            rejects |= !rewind;
            return rewind;
        }

        private Node newNode(Node.Kind kind) {
            Node node = new Node(nodes.size(), kind);
            nodes.add(node);
            return node;
        }

        /** Adds the nodes of a part that goes on at {@code next}; returns where it begins. */
        private Node add(Regex part, Node next) {
            if (part instanceof Regex.Chars chars) {
                Node node = newNode(Node.Kind.CHARS);
                node.set = chars.set();
                node.out = next;
                return node;
            }
            if (part instanceof Regex.Assertion assertion) {
                Node node = newNode(Node.Kind.ASSERTION);
                node.condition = assertion.condition();
                node.out = next;
                return node;
            }
            if (part instanceof Regex.Sequence sequence) {
                Node begin = next;
                for (int i = sequence.parts().size() - 1; i >= 0; i--) {
                    begin = add(sequence.parts().get(i), begin);
                }
                return begin;
            }
            if (part instanceof Regex.Choice choice) {
                Node begin = add(choice.branches().get(choice.branches().size() - 1), next);
                for (int i = choice.branches().size() - 2; i >= 0; i--) {
                    begin = split(add(choice.branches().get(i), next), begin);
                }
                return begin;
            }
            return part instanceof Regex.Repeat repeat ? addRepeat(repeat, next) : next;
        }

        private Node addRepeat(Regex.Repeat repeat, Node next) {
            Node begin = next;
            if (repeat.most() == Regex.UNBOUNDED) {
                Node loop = newNode(Node.Kind.SPLIT);
                loop.out = add(repeat.part(), loop);
                loop.other = next;
                begin = loop;
            } else {
                for (int i = repeat.least(); i < repeat.most(); i++) {
                    begin = split(add(repeat.part(), begin), next);
                }
            }
            for (int i = 0; i < repeat.least(); i++) {
                begin = add(repeat.part(), begin);
            }
            return begin;
        }

        private Node split(Node first, Node second) {
            Node split = newNode(Node.Kind.SPLIT);
            split.out = first;
            split.other = second;
            return split;
        }

        /** Finds the first characters of a pattern and the conditions before them. */
        private void enter(Node start) {
            record Visit(@Nullable Node node, int condition) {}
            Deque<Visit> open = new ArrayDeque<>(List.of(new Visit(start, 0)));
            Set<Visit> seen = new HashSet<>();
            while (!open.isEmpty()) {
                Visit visit = open.pop();
                Node node = visit.node;
                if (node == null || !seen.add(visit)) {
                    continue;
                }
                if (node.kind == Node.Kind.CHARS && node.set != null) {
                    entries.add(new Entry(visit.condition, node.set, node));
                } else if (node.kind == Node.Kind.ASSERTION) {
                    open.push(new Visit(node.out, visit.condition | node.condition));
                } else if (node.kind == Node.Kind.SPLIT) {
                    open.push(new Visit(node.other, visit.condition));
                    open.push(new Visit(node.out, visit.condition));
                }
            }
        }
    }
}
