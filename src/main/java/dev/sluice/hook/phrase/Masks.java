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
 * <p>A state without begun matches costs one walk over the vocabulary; one with begun matches starts from the mask of the
 * same place without them and walks the tokens whose first byte lets one of them go on. States with more than
 * {@link #MOST_THREADS} begun matches, or with one under a {@code max-length}, have no mask: there are too many of them to
 * be met again. Thread-safe.
 */
final class Masks {
    static final int MOST_THREADS = 32;
    private static final int MOST_KEPT = 4096;
    private static final int ASCII = 0x80;

    private final PhraseHook hook;
    private final Vocabulary vocabulary;
    /** Tokens by first byte; those without text last. */
    private final int[][] byFirstByte;

    private final Map<LongBuffer, TokenMask> kept = new ConcurrentHashMap<>();

    Masks(PhraseHook hook, Vocabulary vocabulary) {
        this.hook = hook;
        this.vocabulary = vocabulary;
        IntStream.Builder[] buckets = new IntStream.Builder[0x101];
        Arrays.setAll(buckets, i -> IntStream.builder());
        for (int token = 0; token < vocabulary.size(); token++) {
            byte[] bytes = vocabulary.bytes(token);
            if (!Workspace.isText(vocabulary, token)) {
                buckets[0x100].add(token);
            } else if (bytes.length > 0) {
                buckets[bytes[0] & 0xFF].add(token);
            }
        }
        this.byFirstByte =
                Arrays.stream(buckets).map(bucket -> bucket.build().toArray()).toArray(int[][]::new);
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
                    | (track.pureRun() ? 8 : 0)
                    | (long) track.run() << 4);
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
        boolean[] walked = new boolean[byFirstByte.length];
        long[] bits;
        boolean idle = Arrays.stream(tracks).allMatch(track -> track.threads().length == 0);
        if (idle || pendingBytes > 0) {
            Arrays.fill(walked, true);
            bits = new long[(vocabulary.size() + 63) >>> 6];
        } else {
            for (int first = 0; first < walked.length; first++) {
                walked[first] = first >= ASCII || goesOn(workspace, tracks, first);
            }
            Track[] place = Arrays.stream(tracks).map(Track::idle).toArray(Track[]::new);
            LongBuffer key = Objects.requireNonNull(key(0, 0, place), "no threads, so it is kept");
            bits = known(key, 0, 0, place).words().clone();
        }
        for (int first = 0; first < walked.length; first++) {
            if (walked[first]) {
                for (int token : byFirstByte[first]) {
                    if (completes(workspace, pending, pendingBytes, tracks, token)) {
                        bits[token >>> 6] |= 1L << token;
                    }
                }
            }
        }
        hook.giveBack(workspace);
        return new TokenMask(bits);
    }

    private boolean goesOn(Workspace workspace, Track[] tracks, int code) {
        workspace.findings.clear();
        for (int view = 0; view < tracks.length; view++) {
            if (hook.automata().get(view).rejects
                    && workspace.load(view, tracks[view]).goOn(code)) {
                return true;
            }
        }
        return false;
    }

    private boolean completes(Workspace workspace, int pending, int pendingBytes, Track[] tracks, int token) {
        workspace.findings.clear();
        boolean over = workspace.decode(vocabulary, token, pending, pendingBytes, 0, 0, false);
        for (int view = 0; view < tracks.length; view++) {
            if (hook.automata().get(view).rejects) {
                Threads threads = workspace.run(view, tracks[view]);
                if (over) {
                    threads.end();
                }
            }
        }
        return workspace.findings.rejects();
    }
}
