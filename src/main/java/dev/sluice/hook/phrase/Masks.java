package dev.sluice.hook.phrase;

import dev.sluice.model.TokenMask;
import dev.sluice.token.Vocabulary;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that would complete a match of a reject rule, by state: computed on first use and kept, so that equal states
 * hand out the same mask.
 *
 * <p>A state without begun matches costs one walk over the vocabulary. One with begun matches starts from the mask of the
 * same place without them, and follows them through the vocabulary in byte order: a beginning that ends them is left with
 * all its tokens, one that completes them forbids all its tokens. States with more than {@link #MOST_THREADS} begun
 * matches, or with one under a {@code max-length}, have no mask: they would hardly be met again. Thread-safe.
 */
final class Masks {
    private static final int MOST_THREADS = 32;
    private static final int MOST_KEPT = 4096;

    private final PhraseHook hook;
    private final Vocabulary vocabulary;
    /** In the order of a walk over the vocabulary; null before the first, which many hooks never need. */
    private volatile @Nullable Tokens tokens;

    private final Map<LongBuffer, TokenMask> kept = new ConcurrentHashMap<>();

    Masks(PhraseHook hook, Vocabulary vocabulary) {
        this.hook = hook;
        this.vocabulary = vocabulary;
    }

    /**
     * The tokens of a vocabulary.
     *
     * @param sorted those of text, by their bytes
     * @param others those without text: they end it, all alike
     */
    private record Tokens(int[] sorted, int[] others) {
        static Tokens of(Vocabulary vocabulary) {
            return new Tokens(
                    IntStream.range(0, vocabulary.size())
                            .filter(token -> Workspace.isText(vocabulary, token))
                            .boxed()
                            .sorted((one, other) ->
                                    Arrays.compareUnsigned(vocabulary.bytes(one), vocabulary.bytes(other)))
                            .mapToInt(Integer::intValue)
                            .toArray(),
                    IntStream.range(0, vocabulary.size())
                            .filter(token -> !Workspace.isText(vocabulary, token))
                            .toArray());
        }
    }

    private Tokens tokens() {
        Tokens known = tokens;
        if (known == null) {
            known = Tokens.of(vocabulary);
            tokens = known;
        }
        return known;
    }

    /** The tokens spoken of. */
    Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The mask behind unfinished bytes and tracks, or null if it forbids nothing or is not worth computing. */
    @Nullable
    TokenMask of(int pending, int pendingBytes, Track[] tracks) {
        LongBuffer key = key(pending, pendingBytes, tracks);
        if (key == null) {
            return null;
        }
        TokenMask mask = known(key, pending, pendingBytes, tracks);
        return mask.count() == 0 ? null : mask;
    }

    private TokenMask known(LongBuffer key, int pending, int pendingBytes, Track[] tracks) {
        TokenMask mask = kept.get(key);
        if (mask != null) {
            return mask;
        }
        if (kept.size() >= MOST_KEPT) {
            kept.clear();
        }
        TokenMask computed = compute(pending, pendingBytes, tracks);
        TokenMask raced = kept.putIfAbsent(key, computed);
        return raced != null ? raced : computed;
    }

    /** What the mask depends on; null if it would not be met again. */
    private @Nullable LongBuffer key(int pending, int pendingBytes, Track[] tracks) {
        LongStream.Builder key = LongStream.builder();
        key.add((long) pendingBytes << 32 | pending);
        int threads = 0;
        for (int view = 0; view < tracks.length; view++) {
            Automaton automaton = hook.automata().get(view);
            if (!automaton.rejects) {
                continue;
            }
            Track track = tracks[view];
            key.add((track.word() ? 1 : 0)
                    | (track.blank() ? 2 : 0)
                    | (track.answered() ? 4 : 0)
                    | (long) track.run() << 3
                    | (long) track.separators() << 8);
            for (long thread : track.threads()) {
                Node node = automaton.nodes[Threads.node(thread)];
                if (node.rejects) {
                    if (node.longest > 0 || ++threads > MOST_THREADS) {
                        return null;
                    }
                    key.add(node.id);
                }
            }
            key.add(-1);
        }
        return LongBuffer.wrap(key.build().toArray());
    }

    private TokenMask compute(int pending, int pendingBytes, Track[] tracks) {
        Workspace workspace = hook.borrow();
        int[] sorted = tokens().sorted;
        int[] others = tokens().others;
        long[] bits;
        if (pendingBytes > 0 || Arrays.stream(tracks).allMatch(track -> track.threads().length == 0)) {
            bits = new long[(vocabulary.size() + 63) >>> 6];
            for (int token : sorted) {
                if (completes(workspace, pending, pendingBytes, tracks, token)) {
                    forbid(bits, token);
                }
            }
        } else {
            Track[] place = Arrays.stream(tracks).map(Track::idle).toArray(Track[]::new);
            LongBuffer key = Objects.requireNonNull(key(0, 0, place), "no threads, so it is kept");
            bits = known(key, 0, 0, place).words().clone();
            workspace.enters(false);
            follow(workspace, bits, 0, sorted.length, 0, 0, 0, tracks);
            workspace.enters(true);
        }
        if (others.length > 0 && completes(workspace, pending, pendingBytes, tracks, others[0])) {
            for (int token : others) {
                forbid(bits, token);
            }
        }
        hook.giveBack(workspace);
        return new TokenMask(bits);
    }

    /** Follows begun matches through the sorted tokens from {@code low} to {@code high}, alike in {@code depth} bytes. */
    private void follow(
            Workspace workspace,
            long[] bits,
            int low,
            int high,
            int depth,
            int pending,
            int pendingBytes,
            Track[] tracks) {
        int[] sorted = tokens().sorted;
        int from = low;
        while (from < high && vocabulary.bytes(sorted[from]).length == depth) {
            from++;
        }
        while (from < high) {
            byte next = vocabulary.bytes(sorted[from])[depth];
            int to = from + 1;
            while (to < high && vocabulary.bytes(sorted[to])[depth] == next) {
                to++;
            }
            workspace.findings.clear();
            workspace.text.reset(pending, pendingBytes, 0);
            workspace.text.feed(next, 0);
            int unfinished = workspace.text.pending;
            int unfinishedBytes = workspace.text.pendingBytes;
            Track[] behind = new Track[tracks.length];
            boolean alive = false;
            for (int view = 0; view < behind.length; view++) {
                behind[view] = rejects(view) ? workspace.run(view, tracks[view]).save() : Track.FRESH;
                alive |= behind[view].threads().length > 0;
            }
            if (workspace.findings.rejects()) {
                for (int i = from; i < to; i++) {
                    forbid(bits, sorted[i]);
                }
            } else if (alive) {
                follow(workspace, bits, from, to, depth + 1, unfinished, unfinishedBytes, behind);
            }
            from = to;
        }
    }

    private boolean completes(Workspace workspace, int pending, int pendingBytes, Track[] tracks, int token) {
        workspace.findings.clear();
        boolean over = workspace.decode(vocabulary, token, pending, pendingBytes, 0, 0, false);
        for (int view = 0; view < tracks.length; view++) {
            if (rejects(view)) {
                Threads threads = workspace.run(view, tracks[view]);
                if (over) {
                    threads.end();
                }
            }
        }
        return workspace.findings.rejects();
    }

    private boolean rejects(int view) {
        return hook.automata().get(view).rejects;
    }

    private static void forbid(long[] bits, int token) {
        bits[token >>> 6] |= 1L << token;
    }
}
