package dev.sluice.hook.phrase;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Runs an {@link Automaton} over text: a set of threads, each a node and the answer position where its match began.
 *
 * <p>Of threads at one node only the one that began first is kept, so that a character costs at most one visit of every
 * node; under a {@code max-length} threads differ by length too. Threads stay ordered by where they began. A workspace:
 * load a {@link Track}, feed it, save the next one. Not thread-safe.
 */
final class Threads {
    /** Most separators, and most ignorable or white-space characters, between two characters of a match. */
    static final int LONGEST_RUN = 16;

    /** Most characters that {@code max-length} may allow. */
    static final int LONGEST_MATCH = 4096;

    private static final int START_SHIFT = 16;
    private static final int NODE_SHIFT = 40;
    private static final int MOST_STARTS = (1 << (NODE_SHIFT - START_SHIFT)) - 1;
    private static final int[] NO_CODES = {};
    private static final int[] BLANK = {' '};

    private final Automaton automaton;
    private final Findings findings;
    private final boolean collapses;
    private final int[] stepped;
    private final int[] added;
    private int stepRound;
    private int addRound;

    private long[] live = new long[16];
    private int size;
    private long[] next = new long[16];
    private int nextSize;
    private @Nullable Node[] stack = new Node[16];

    private boolean word;
    private boolean blank;
    private boolean answered;
    private int run;
    private int separators;
    /** Whether matches may begin. */
    boolean enters = true;

    Threads(Automaton automaton, Findings findings) {
        this.automaton = automaton;
        this.findings = findings;
        this.collapses = automaton.view.match == PhraseRule.Match.FOLDED;
        this.stepped = new int[automaton.slots];
        this.added = new int[automaton.slots];
    }

    /** Packs a thread. */
    private static long thread(Node node, int start, int length) {
        return (long) node.id << NODE_SHIFT
                | (long) Math.min(start + 1, MOST_STARTS) << START_SHIFT
                | (node.longest > 0 ? length : 0);
    }

    /** The id of the node where a thread stands. */
    static int node(long thread) {
        return (int) (thread >>> NODE_SHIFT);
    }

    /** The answer position where a thread's match began, or {@link Findings#IN_PROMPT}. */
    static int start(long thread) {
        return ((int) (thread >>> START_SHIFT) & MOST_STARTS) - 1;
    }

    private static int length(long thread) {
        return (int) thread & (1 << START_SHIFT) - 1;
    }

    /** Goes on where a track ended. */
    void load(Track track) {
        size = track.threads().length;
        live = fit(live, size);
        System.arraycopy(track.threads(), 0, live, 0, size);
        word = track.word();
        blank = track.blank();
        answered = track.answered();
        run = track.run();
        separators = track.separators();
    }

    /** The track as it stands now. */
    Track save() {
        return new Track(
                size == 0 ? Track.FRESH.threads() : Arrays.copyOf(live, size), word, blank, answered, run, separators);
    }

    /** Feeds one code point of the text whose first byte is in the token at {@code start}. */
    void feed(int code, int start) {
        Symbol[] symbols = automaton.view.read(code);
        if (symbols.length == 0) {
            skip(true, start);
            return;
        }
        for (Symbol symbol : symbols) {
            if (symbol.blank() && collapses) {
                if (!blank) {
                    step(symbol, start);
                    blank = true;
                }
                skip(true, start);
            } else {
                step(symbol, start);
                blank = false;
                if (symbol.skippable()) {
                    skip(symbol.blank() || collapses, start);
                } else {
                    run = 0;
                    separators = 0;
                }
            }
        }
    }

    /** Ends the text in the answer: what completes at its end completes, everything else dies. */
    void end() {
        int gap = Gap.between(word, false, !answered) | Gap.END;
        stepRound++;
        addRound++;
        nextSize = 0;
        for (int i = 0; i < size; i++) {
            advance(live[i], NO_CODES, gap);
        }
        size = 0;
        word = false;
        blank = false;
        answered = true;
        run = 0;
        separators = 0;
    }

    private void step(Symbol symbol, int start) {
        int[] codes = symbol.codes();
        int gap = Gap.between(word, symbol.word(), start >= 0 && !answered);
        stepRound++;
        addRound++;
        nextSize = 0;
        for (int i = 0; i < size; i++) {
            int before = nextSize;
            if (symbol.skippable()) {
                keep(live[i]);
            }
            advance(live[i], codes, gap);
            repeatBlank(symbol, before);
        }
        if (enters && codes.length > 0) {
            int before = nextSize;
            enter(codes, gap, start);
            repeatBlank(symbol, before);
        }
        long[] swap = live;
        live = next;
        next = swap;
        size = nextSize;
        word = symbol.word();
        answered |= start >= 0 && codes.length > 0;
    }

    /** One blank stands for a run of them: a pattern may take several. */
    private void repeatBlank(Symbol symbol, int from) {
        if (symbol.blank() && collapses) {
            int gap = Gap.between(false, false, false);
            for (int i = from; i < nextSize; i++) {
                long thread = next[i];
                stepRound++;
                advance(thread, BLANK, gap);
            }
        }
    }

    private void enter(int[] codes, int gap, int start) {
        for (int code : codes) {
            follow(automaton.strings, code, start, 0);
            if ((gap & Gap.AFTER_NO_WORD) != 0) {
                follow(automaton.words, code, start, 0);
            }
            for (Automaton.Entry entry : automaton.entries(code)) {
                if (Gap.allows(gap, entry.condition())) {
                    arrive(entry.node().out, start, 1, 0);
                }
            }
        }
    }

    /** Takes a thread over one character, or with no codes over the end of the text. */
    private void advance(long thread, int[] codes, int gap) {
        int start = start(thread);
        int length = length(thread);
        int depth = push(0, automaton.nodes[node(thread)]);
        while (depth > 0) {
            Node node = stack[--depth];
            if (node == null || !mark(stepped, stepRound, node, length)) {
                continue;
            }
            switch (node.kind) {
                case CHARS -> {
                    if (node.takes(codes)) {
                        arrive(node.out, start, length + 1, depth);
                    }
                }
                case TRIE -> {
                    if ((gap & Gap.BEFORE_NO_WORD) != 0) {
                        complete(node.completesWord, start);
                    }
                    for (int code : codes) {
                        follow(node, code, start, depth);
                    }
                }
                case ASSERTION -> {
                    if (Gap.allows(gap, node.condition)) {
                        depth = push(depth, node.out);
                    }
                }
                case SPLIT -> depth = push(push(depth, node.other), node.out);
                case ACCEPT -> findings.complete(node.rule, start);
            }
        }
    }

    /** Takes the edges of a trie's node that a code leads along. */
    private void follow(Node node, int code, int start, int base) {
        int[] codes = node.codes;
        int i = Arrays.binarySearch(codes, code);
        if (i < 0) {
            return;
        }
        while (i > 0 && codes[i - 1] == code) {
            i--;
        }
        for (; i < codes.length && codes[i] == code; i++) {
            arrive(node.children[i], start, 0, base);
        }
    }

    /** Puts a thread behind a character just consumed; uses the stack above {@code base}. */
    private void arrive(@Nullable Node first, int start, int length, int base) {
        int depth = push(base, first);
        while (depth > base) {
            Node node = stack[--depth];
            if (node == null || (node.longest > 0 && length > node.longest) || !mark(added, addRound, node, length)) {
                continue;
            }
            switch (node.kind) {
                case SPLIT -> depth = push(push(depth, node.other), node.out);
                case ACCEPT -> findings.complete(node.rule, start);
                case CHARS, ASSERTION -> add(thread(node, start, length));
                case TRIE -> {
                    complete(node.completes, start);
                    if (node.lives()) {
                        add(thread(node, start, length));
                    }
                }
            }
        }
    }

    private void keep(long thread) {
        Node node = automaton.nodes[node(thread)];
        if (mark(added, addRound, node, length(thread))) {
            add(thread);
        }
    }

    /**
     * One more skipped character. Too many separators end begun matches: whoever draws a line writes no word. Too many
     * ignorable or white-space characters may not follow a begun match that would be rewound.
     */
    private void skip(boolean pure, int start) {
        if (size == 0) {
            run = 0;
            separators = 0;
        } else if (!pure) {
            if (separators < LONGEST_RUN) {
                separators++;
            } else {
                size = 0;
            }
        } else if (run < LONGEST_RUN) {
            run++;
        } else if (start >= 0) {
            int kept = 0;
            for (int i = 0; i < size; i++) {
                Node node = automaton.nodes[node(live[i])];
                if (node.rewinds) {
                    findings.overrun(node.rule);
                } else {
                    live[kept++] = live[i];
                }
            }
            size = kept;
        }
    }

    private void complete(int[] rules, int start) {
        for (int rule : rules) {
            findings.complete(rule, start);
        }
    }

    private void add(long thread) {
        next = fit(next, nextSize + 1);
        next[nextSize++] = thread;
    }

    private int push(int depth, @Nullable Node node) {
        if (depth == stack.length) {
            stack = Arrays.copyOf(stack, depth * 2);
        }
        stack[depth] = node;
        return depth + 1;
    }

    /** Marks a node, at a length where that matters, as visited in a round; false if it was already. */
    private static boolean mark(int[] visited, int round, Node node, int length) {
        int place = node.slot + (node.longest > 0 ? length : 0);
        if (visited[place] == round) {
            return false;
        }
        visited[place] = round;
        return true;
    }

    private static long[] fit(long[] threads, int wanted) {
        return wanted <= threads.length ? threads : Arrays.copyOf(threads, Math.max(wanted, threads.length * 2));
    }
}
