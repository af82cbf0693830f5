package dev.sluice.testkit;

import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A language model whose logits are a hash of the seed, the two latest tokens and the candidate: exact, without
 * weights, and strict about how it is used.
 *
 * <p>It checks what a real model may only assume: room is reserved, parents come before children, a committed path is a
 * chain of the last pass, nothing is used after it is closed. One thread.
 */
public final class ToyModel implements CausalModel {
    /** Numbers in a hidden state. */
    public static final int WIDTH = 4;

    private final Settings settings;
    private final Language language;
    private final ToyPages pages;
    private int openSessions;
    private int openPasses;
    private int passes;
    private final AtomicInteger tokensForwarded = new AtomicInteger();
    private boolean closed;
    private List<Integer> watched = List.of();

    /**
     * How a toy behaves.
     *
     * @param masked control tokens other than the ends of turn: −∞ in every ranked row
     * @param base added to the raw logits of every row, [vocabularySize]
     * @param spread scale of the random part of the logits; 0 leaves {@code base} alone
     * @param seed of the logits
     * @param best length of the lists of a {@link RankedRow}
     * @param contextLength most tokens a lane may hold
     * @param pages KV pages of the pool
     * @param pageSize tokens a page
     */
    public record Settings(
            BitSet masked,
            float[] base,
            double spread,
            long seed,
            int best,
            int contextLength,
            int pages,
            int pageSize) {

        /** A small model over a bare vocabulary: no control tokens, lists of 8, ample memory. */
        public static Settings bare(int vocabularySize, long seed) {
            return new Settings(new BitSet(), new float[vocabularySize], 3, seed, 8, 4096, 4096, 16);
        }

        /** A model that mostly writes printable ASCII and now and then ends its turn. */
        public static Settings of(Vocabulary vocabulary, long seed) {
            BitSet masked = new BitSet();
            float[] base = new float[vocabulary.size()];
            for (int token = 0; token < base.length; token++) {
                if (vocabulary.isControl(token)) {
                    masked.set(token, !vocabulary.endsTurn(token));
                } else if (printable(vocabulary.bytes(token))) {
                    base[token] = 6;
                }
            }
            return new Settings(masked, base, 3, seed, 16, 4096, 4096, 16);
        }

        /** The same with lists of another length. */
        public Settings withBest(int length) {
            return new Settings(masked, base, spread, seed, length, contextLength, pages, pageSize);
        }

        /** The same with another scale of the random part. */
        public Settings withSpread(double scale) {
            return new Settings(masked, base, scale, seed, best, contextLength, pages, pageSize);
        }

        /** The same with another unigram part. */
        public Settings withBase(float[] logits) {
            return new Settings(masked, logits, spread, seed, best, contextLength, pages, pageSize);
        }

        /** The same with another pool. */
        public Settings withPool(int newPages, int newPageSize) {
            return new Settings(masked, base, spread, seed, best, contextLength, newPages, newPageSize);
        }

        /** The same with another context. */
        public Settings withContext(int length) {
            return new Settings(masked, base, spread, seed, best, length, pages, pageSize);
        }

        private static boolean printable(byte[] bytes) {
            for (byte b : bytes) {
                if (b < ' ' || b > '~') {
                    return false;
                }
            }
            return bytes.length > 0;
        }
    }

    /** What follows a context. */
    public interface Language {
        /**
         * The raw logits, [vocabularySize].
         *
         * @param context all tokens, the latest last
         */
        float[] logits(int[] context);
    }

    /** A toy with the given settings whose logits depend on the two latest tokens. */
    public ToyModel(Settings settings) {
        this.settings = settings;
        this.pages = new ToyPages(settings.pages(), settings.pageSize());
        this.language =
                context -> logits(context.length > 1 ? context[context.length - 2] : -1, context[context.length - 1]);
    }

    /** A toy that speaks the given language. */
    public ToyModel(Settings settings, Language language) {
        this.settings = settings;
        this.pages = new ToyPages(settings.pages(), settings.pageSize());
        this.language = language;
    }

    /** The raw logits after two tokens, [vocabularySize]; −1 stands for no token. */
    public float[] logits(int previous, int last) {
        float[] row = new float[settings.base().length];
        for (int token = 0; token < row.length; token++) {
            long hash = mix(mix(mix(settings.seed() * 31 + previous + 2) + last + 2) + token);
            double centred = ((hash >>> 42) + (hash >>> 21 & 0x1FFFFF) + (hash & 0x1FFFFF)) / (double) 0x200000 - 1.5;
            row[token] = (float) (settings.base()[token] + settings.spread() * 2 * centred);
        }
        return row;
    }

    /** What it speaks. */
    public Language language() {
        return language;
    }

    /** Sessions that were opened and not closed. */
    public int openSessions() {
        return openSessions;
    }

    /** Passes that were run and not closed. */
    public int openPasses() {
        return openPasses;
    }

    /** Passes run so far. */
    public int passes() {
        return passes;
    }

    /** Tokens of all segments run so far. */
    public int tokensForwarded() {
        return tokensForwarded.get();
    }

    /** Whether the model was closed. */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public ModelDescription description() {
        return new ModelDescription(
                "toy",
                settings.base().length,
                settings.contextLength(),
                "exact",
                "cpu",
                ModelDescription.Identity.EXACT,
                Long.toHexString(settings.seed()));
    }

    @Override
    public ModelSession open() {
        check(!closed, "the model is closed");
        openSessions++;
        return new Lane(null);
    }

    @Override
    public ModelSession open(CacheScope scope) {
        check(!closed, "the model is closed");
        openSessions++;
        return new Lane(scope);
    }

    @Override
    public void watch(List<Integer> layers) {
        check(openSessions == 0, "blocks are named before a lane is opened");
        watched = layers;
    }

    @Override
    public int pageSize() {
        return settings.pageSize();
    }

    @Override
    public int freePositions() {
        return pages.free() * settings.pageSize();
    }

    @Override
    public int totalPositions() {
        return settings.pages() * settings.pageSize();
    }

    @Override
    public int maxSegment() {
        return 64;
    }

    @Override
    public int maxTreeNodes() {
        return 300;
    }

    private static boolean branches(Segment segment) {
        for (int node = 0; node < segment.parents().length; node++) {
            if (segment.parents()[node] != node - 1) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Pass forward(List<Segment> segments) {
        check(!closed, "the model is closed");
        check(!segments.isEmpty(), "a pass needs a segment");
        check(
                segments.stream()
                                .filter(ToyModel::branches)
                                .mapToInt(segment -> segment.tokens().length)
                                .sum()
                        <= maxTreeNodes(),
                "the trees of a pass hold too many nodes");
        Set<ModelSession> seen = new HashSet<>();
        List<int[]> contexts = new ArrayList<>();
        for (Segment segment : segments) {
            check(seen.add(segment.session()), "two segments of one session");
            Lane lane = (Lane) segment.session();
            lane.forward(segment);
            tokensForwarded.addAndGet(segment.tokens().length);
            for (int node = segment.firstRow(); node < segment.tokens().length; node++) {
                contexts.add(lane.context(segment, node));
            }
        }
        passes++;
        openPasses++;
        return new Rows(contexts);
    }

    @Override
    public void close() {
        check(openSessions == 0, "sessions are still open: " + openSessions);
        check(openPasses == 0, "passes are still open: " + openPasses);
        closed = true;
    }

    /** The final-norm hidden state behind a context, [{@link #WIDTH}]. */
    public float[] hidden(int[] context) {
        return state(0, context);
    }

    /** A hidden state, [{@link #WIDTH}]: a hash of the block and of all tokens, each number in −1 to 1. */
    private float[] state(int layer, int[] context) {
        long hash = mix(settings.seed() * 31 + layer);
        for (int token : context) {
            hash = mix(hash + token);
        }
        float[] state = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            hash = mix(hash + i);
            state[i] = (hash >>> 40) / (float) (1 << 23) - 1;
        }
        return state;
    }

    private static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 32) * 0xD6E8FEB86659FD93L;
        z = (z ^ z >>> 32) * 0xD6E8FEB86659FD93L;
        return z ^ z >>> 32;
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }

    private final class Lane implements ModelSession {
        private final @Nullable CacheScope scope;
        private final List<Integer> committed = new ArrayList<>();
        private final List<ToyPages.Prefix> shared = new ArrayList<>();
        /** Pages behind the shared ones. */
        private int owned;

        private @Nullable Segment pending;
        private boolean shut;

        Lane(@Nullable CacheScope scope) {
            this.scope = scope;
        }

        @Override
        public int length() {
            return committed.size();
        }

        @Override
        public boolean reserve(int more) {
            check(!shut, "the session is closed");
            check(
                    committed.size() + more <= settings.contextLength(),
                    "reserved " + more + " behind " + committed.size() + " tokens of a context of "
                            + settings.contextLength());
            boolean copies = more > 0 && endsInShared();
            int wanted = Math.max(0, pages.pagesOf(committed.size() + more) - shared.size() - owned) + (copies ? 1 : 0);
            if (wanted > pages.free() + (copies && pages.holders(shared.get(shared.size() - 1)) == 1 ? 1 : 0)) {
                return false;
            }
            if (copies) {
                pages.release(shared.remove(shared.size() - 1));
            }
            pages.own(wanted);
            owned += wanted;
            return true;
        }

        private boolean endsInShared() {
            return committed.size() < shared.size() * settings.pageSize();
        }

        @Override
        public void adopt(int[] context) {
            check(!shut, "the session is closed");
            List<Integer> all = Arrays.stream(context).boxed().toList();
            check(
                    committed.size() < all.size()
                            && all.subList(0, committed.size()).equals(committed),
                    "a context that does not go on from the committed tokens");
            check(!endsInShared(), "adopting within a page is not needed");
            if (scope == null) {
                return;
            }
            while ((shared.size() + 1) * settings.pageSize() <= all.size()) {
                ToyPages.Prefix page = pages.page(scope, all, shared.size());
                if (!pages.knows(page)) {
                    break;
                }
                pages.hold(page);
                shared.add(page);
                if (owned > 0) {
                    pages.disown(1);
                    owned--;
                }
            }
            int length = Math.min(shared.size() * settings.pageSize(), all.size() - 1);
            for (int i = committed.size(); i < length; i++) {
                committed.add(all.get(i));
            }
        }

        private void publish() {
            while (scope != null && (shared.size() + 1) * settings.pageSize() <= committed.size()) {
                ToyPages.Prefix page = pages.page(scope, committed, shared.size());
                pages.disown(1);
                owned--;
                pages.hold(page);
                shared.add(page);
            }
        }

        void forward(Segment segment) {
            check(!shut, "the session is closed");
            int[] tokens = segment.tokens();
            check(tokens.length > 0 && tokens.length == segment.parents().length, "one parent a token");
            check(tokens.length <= maxSegment(), "a segment of " + tokens.length + " tokens");
            check(segment.rows() >= 0, "first row behind the last node");
            check(!endsInShared(), "a shared page would be written to");
            int capacity = (shared.size() + owned) * settings.pageSize();
            check(committed.size() + tokens.length <= capacity, "no room was reserved");
            for (int i = 0; i < tokens.length; i++) {
                check(tokens[i] >= 0 && tokens[i] < settings.base().length, "no such token: " + tokens[i]);
                check(segment.parents()[i] >= -1 && segment.parents()[i] < i, "a parent comes before its child");
                check(committed.size() + depth(segment, i) <= settings.contextLength(), "the context is full");
            }
            pending = segment;
        }

        private int depth(Segment segment, int node) {
            int depth = 0;
            for (int i = node; i >= 0; i = segment.parents()[i]) {
                depth++;
            }
            return depth;
        }

        int[] context(Segment segment, int node) {
            int[] context = Arrays.copyOf(
                    committed.stream().mapToInt(Integer::intValue).toArray(), committed.size() + depth(segment, node));
            int at = context.length;
            for (int i = node; i >= 0; i = segment.parents()[i]) {
                context[--at] = segment.tokens()[i];
            }
            return context;
        }

        @Override
        public float[] meanState(int layer, int[] path) {
            check(watched.contains(layer), "block " + layer + " is not watched");
            int[] context = context(Objects.requireNonNull(pending), path.length == 0 ? -1 : path[path.length - 1]);
            double[] sum = new double[WIDTH];
            for (int length = 1; length <= context.length; length++) {
                float[] state = state(layer, Arrays.copyOf(context, length));
                Arrays.setAll(sum, i -> sum[i] + state[i]);
            }
            float[] mean = new float[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                mean[i] = (float) (sum[i] / context.length);
            }
            return mean;
        }

        @Override
        public void commit(int[] path) {
            check(!shut, "the session is closed");
            Segment segment = pending;
            if (segment == null) {
                throw new IllegalStateException("no pass to commit from");
            }
            int parent = -1;
            for (int node : path) {
                check(segment.parents()[node] == parent, "the committed path is no chain: " + Arrays.toString(path));
                committed.add(segment.tokens()[node]);
                parent = node;
            }
            pending = null;
            publish();
        }

        @Override
        public void truncate(int length) {
            check(!shut, "the session is closed");
            check(length >= 0 && length <= committed.size(), "cannot go back to " + length);
            committed.subList(length, committed.size()).clear();
            pending = null;
            giveBack(pages.pagesOf(length));
        }

        @Override
        public void close() {
            if (!shut) {
                giveBack(0);
                shut = true;
                openSessions--;
            }
        }

        private void giveBack(int keep) {
            int tooMany = Math.min(owned, Math.max(0, shared.size() + owned - keep));
            pages.disown(tooMany);
            owned -= tooMany;
            while (shared.size() > keep) {
                pages.release(shared.remove(shared.size() - 1));
            }
        }
    }

    private final class Rows implements Pass {
        private final List<int[]> contexts;
        private boolean shut;

        Rows(List<int[]> contexts) {
            this.contexts = contexts;
        }

        @Override
        public int rows() {
            return contexts.size();
        }

        @Override
        public List<RankedRow> rank(List<RowQuery> queries) {
            check(queries.size() == rows(), "one query a row");
            return IntStream.range(0, rows())
                    .mapToObj(row -> ranked(logits(row), queries.get(row), settings.masked(), settings.best()))
                    .toList();
        }

        @Override
        public float[] logits(int row) {
            check(!shut, "the pass is closed");
            return language.logits(contexts.get(row));
        }

        @Override
        public float[] hidden(int row) {
            check(!shut, "the pass is closed");
            return ToyModel.this.hidden(contexts.get(row));
        }

        @Override
        public void close() {
            if (!shut) {
                shut = true;
                openPasses--;
            }
        }
    }

    /**
     * What a device brings back of a raw row. Equal logits come in a scrambled order, as on a real device.
     *
     * @param raw raw logits, not changed
     * @param masked tokens that are −∞ whatever the query says
     * @param best length of the lists
     */
    public static RankedRow ranked(float[] raw, RowQuery query, BitSet masked, int best) {
        float[] row = raw.clone();
        for (int i = 0; i < query.editTokens().length; i++) {
            int token = query.editTokens()[i];
            float penalty = query.repetition()[i];
            float penalised = row[token] > 0 ? row[token] / penalty : row[token] * penalty;
            row[token] = penalised + query.add()[i];
        }
        masked.stream().forEach(token -> row[token] = Float.NEGATIVE_INFINITY);
        double top = Double.NEGATIVE_INFINITY;
        for (int token = 0; token < row.length; token++) {
            row[token] /= query.temperature();
            top = Math.max(top, row[token]);
        }
        double sum = 0;
        for (float logit : row) {
            sum += top == Double.NEGATIVE_INFINITY ? 0 : Math.exp(logit - top);
        }
        float[] gathered = new float[query.gather().length];
        for (int i = 0; i < gathered.length; i++) {
            gathered[i] = row[query.gather()[i]];
        }
        RankedRow.Candidates candidates = candidates(row, best);
        RankedRow.Candidates allowed = null;
        if (query.mask() != null) {
            float[] open = row.clone();
            for (int token = 0; token < open.length; token++) {
                if (query.mask().forbids(token)) {
                    open[token] = Float.NEGATIVE_INFINITY;
                }
            }
            allowed = candidates(open, best);
        }
        float logSumExp = sum == 0 ? Float.NEGATIVE_INFINITY : (float) (top + Math.log(sum));
        return new RankedRow(candidates, logSumExp, gathered, allowed);
    }

    private static RankedRow.Candidates candidates(float[] row, int best) {
        int[] tokens = IntStream.range(0, row.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(token -> -row[token])
                        .thenComparingLong(token -> mix(token + 7L)))
                .limit(best)
                .mapToInt(Integer::intValue)
                .toArray();
        float[] logits = new float[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            logits[i] = row[tokens[i]];
        }
        return new RankedRow.Candidates(tokens, logits);
    }
}
