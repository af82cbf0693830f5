package dev.sluice.engine;

import dev.sluice.decode.Verdict;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Segment;
import dev.sluice.token.Vocabulary;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The draft tree of one pass while drafters fill it: refuses what the guards would refuse, so that no node is spent on
 * a token that cannot win, and keeps each node's {@link Position}.
 */
final class DraftTree implements TreeBuilder {
    /** The source of tokens that the guards leave no alternative to. */
    static final String FORCED = "forced";

    /** The source of tokens that have to be run before an acceptance head can judge them. */
    static final String CANDIDATE = "candidate";

    private final Vocabulary vocabulary;
    private final Position root;
    private final IntPredicate vetoed;
    private final int maxTokens;
    private final int[] tokens;
    private final int[] parents;
    private final Position[] positions;
    private final String[] sources;
    private int size;

    /**
     * An empty tree.
     *
     * @param maxNodes most nodes
     * @param root the position whose next token is drafted first
     * @param vetoed tokens that a rewind forbade right behind the root
     * @param maxTokens most answer tokens
     */
    DraftTree(int maxNodes, Vocabulary vocabulary, Position root, IntPredicate vetoed, int maxTokens) {
        this.vocabulary = vocabulary;
        this.root = root;
        this.vetoed = vetoed;
        this.maxTokens = maxTokens;
        this.tokens = new int[maxNodes];
        this.parents = new int[maxNodes];
        this.positions = new Position[maxNodes];
        this.sources = new String[maxNodes];
    }

    @Override
    public int room() {
        return tokens.length - size;
    }

    @Override
    public int add(int parent, int token, double probability) {
        return add(parent, token, probability, FORCED);
    }

    @Override
    public int add(int parent, int token, double probability, String source) {
        int known = child(parent, token);
        if (known >= 0) {
            return known;
        }
        if (room() == 0 || token < 0 || token >= vocabulary.size() || vocabulary.isControl(token)) {
            return REFUSED;
        }
        Position before = position(parent);
        if (before.length() + 1 >= maxTokens || (parent == ROOT && vetoed.test(token)) || !admissible(before, token)) {
            return REFUSED;
        }
        Position after = before.after(token, vocabulary.bytes(token));
        return after.stop().completed() ? REFUSED : put(parent, token, after, source);
    }

    /** Adds a candidate right below the root, which the guards admit already and which may end the answer; there must be room. */
    void require(int token) {
        put(ROOT, token, root.after(token, vocabulary.bytes(token)), CANDIDATE);
    }

    private int put(int parent, int token, Position after, String source) {
        tokens[size] = token;
        parents[size] = parent;
        positions[size] = after;
        sources[size] = source;
        return size++;
    }

    private static boolean admissible(Position before, int token) {
        Verdict verdict = before.guards().judge(token, false);
        return !(verdict instanceof Verdict.Reject) && !(verdict instanceof Verdict.Rewind);
    }

    /** Number of nodes. */
    int size() {
        return size;
    }

    /** The node that follows a parent with a token, or {@link #REFUSED} if there is none. */
    int child(int parent, int token) {
        for (int node = 0; node < size; node++) {
            if (parents[node] == parent && tokens[node] == token) {
                return node;
            }
        }
        return REFUSED;
    }

    /** Name of the drafter that proposed a node, or {@link #FORCED}. */
    String source(int node) {
        return sources[node];
    }

    /** The token of a node. */
    int token(int node) {
        return tokens[node];
    }

    /** The position of a node; of the root for {@link #ROOT}. */
    Position position(int node) {
        return node == ROOT ? root : positions[node];
    }

    /**
     * A session's part of a pass: tokens that are not committed yet, the last of them the root, and this tree.
     *
     * @param rows 0 where more of the prompt follows, else one for the root and one for each node
     */
    Segment segment(ModelSession lane, int[] uncommitted, int rows) {
        int[] all = Arrays.copyOf(uncommitted, uncommitted.length + size);
        int[] above = new int[all.length];
        for (int i = 0; i < uncommitted.length; i++) {
            above[i] = i - 1;
        }
        for (int node = 0; node < size; node++) {
            all[uncommitted.length + node] = tokens[node];
            above[uncommitted.length + node] = uncommitted.length + parents[node];
        }
        return new Segment(lane, all, above, all.length - rows);
    }

    /** Whether a node is another or one of its ancestors. */
    boolean leadsTo(int node, int descendant) {
        int at = descendant;
        while (at > node) {
            at = parents[at];
        }
        return at == node;
    }

    /** Where in that segment the tokens stand that lead to a node: all of the chain, then the nodes of its path. */
    int[] path(int chain, int last) {
        int depth = 0;
        for (int node = last; node != ROOT; node = parents[node]) {
            depth++;
        }
        int[] path = new int[chain + depth];
        for (int i = 0; i < chain; i++) {
            path[i] = i;
        }
        for (int node = last, at = path.length - 1; node != ROOT; node = parents[node], at--) {
            path[at] = chain + node;
        }
        return path;
    }
}
