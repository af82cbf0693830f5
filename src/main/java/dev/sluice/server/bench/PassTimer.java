package dev.sluice.server.bench;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.server.bench.Figures.Axis;
import dev.sluice.server.bench.Figures.PassTime;
import dev.sluice.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Times single passes, ranking included: by the nodes of one session behind 64 tokens, by sessions of 300 tokens with
 * one node each, and by the context of one session with one node. The model must not be in use.
 *
 * <p>The peer is asked for one token behind a prompt of which all but so many tokens is in its cache, so its figures
 * hold what a request costs it beside the pass.
 */
final class PassTimer implements AutoCloseable {
    private static final int STEM = 64;
    private static final int CONTEXT_OF_SESSIONS = 300;
    private static final String STEM_WORD = " the";
    private static final List<String> NEXT_WORDS = List.of(" a", " of");
    private static final RowQuery QUERY = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);

    private final CausalModel model;
    private final PeerEngine.@Nullable Loaded peer;
    private final List<ModelSession> lanes = new ArrayList<>();
    private final List<Series> series = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    private record Series(Axis axis, int size, List<ModelSession> lanes, int nodes, double[] ours, double[] peers) {}

    /** Prepares the series; those that the KV memory or the context of the model does not hold are left out. */
    PassTimer(
            CausalModel model,
            Tokenizer tokenizer,
            PeerEngine.@Nullable Loaded peer,
            List<Integer> nodes,
            List<Integer> sessions,
            List<Integer> contexts,
            int rounds) {
        this.model = model;
        this.peer = peer != null && oneTokenAWord(tokenizer) ? peer : null;
        ModelSession stem = lane(STEM, model.maxSegment());
        for (int size : nodes) {
            add(Axis.NODES, size, size <= model.maxSegment() ? one(stem) : List.of(), size, rounds);
        }
        for (int size : contexts) {
            add(Axis.CONTEXT, size, one(lane(size, 1)), 1, rounds);
        }
        List<ModelSession> many = new ArrayList<>();
        for (int size : sessions) {
            ModelSession next = many.size() < size ? lane(CONTEXT_OF_SESSIONS, 1) : null;
            for (; next != null; next = many.size() < size ? lane(CONTEXT_OF_SESSIONS, 1) : null) {
                many.add(next);
            }
            add(Axis.SESSIONS, size, many.size() < size ? List.of() : List.copyOf(many.subList(0, size)), 1, rounds);
        }
    }

    private static List<ModelSession> one(@Nullable ModelSession lane) {
        return lane == null ? List.of() : List.of(lane);
    }

    private void add(Axis axis, int size, List<ModelSession> on, int nodes, int rounds) {
        if (on.isEmpty()) {
            leftOut.add(axis.name().toLowerCase(Locale.ROOT) + " " + size);
        } else {
            int asked = axis == Axis.NODES && peer != null ? rounds : 0;
            series.add(new Series(axis, size, on, nodes, new double[rounds], new double[asked]));
        }
    }

    /** The series that are left out, for people. */
    List<String> leftOut() {
        return leftOut;
    }

    private static boolean oneTokenAWord(Tokenizer tokenizer) {
        return tokenizer.encode(STEM_WORD.repeat(STEM), false).length == STEM
                && NEXT_WORDS.stream().allMatch(word -> tokenizer.encode(word.repeat(4), false).length == 4);
    }

    private @Nullable ModelSession lane(int context, int more) {
        ModelSession lane = model.open();
        lanes.add(lane);
        if (context + more > model.description().contextLength() || !lane.reserve(context + more)) {
            lane.close();
            return null;
        }
        int words = model.description().vocabularySize();
        while (lane.length() < context) {
            int from = lane.length();
            int count = Math.min(model.maxSegment(), context - from);
            int[] chunk = IntStream.range(from, from + count)
                    .map(i -> Math.min(100, words / 2) + i % (words / 2))
                    .toArray();
            model.forward(List.of(Segment.chain(lane, chunk, count))).close();
            lane.commit(IntStream.range(0, count).toArray());
        }
        return lane;
    }

    /** Times all series in turns; the first rounds warm up. */
    List<PassTime> measure() {
        int rounds = series.isEmpty() ? 0 : series.get(0).ours().length;
        for (int round = -2; round < rounds; round++) {
            for (Series each : series) {
                double ours = ours(each);
                double peers = each.peers().length > 0 && peer != null ? peers(peer, each.size(), round) : 0;
                if (round >= 0) {
                    each.ours()[round] = ours;
                }
                if (round >= 0 && each.peers().length > 0) {
                    each.peers()[round] = peers;
                }
            }
        }
        return series.stream()
                .map(each -> new PassTime(
                        each.axis(),
                        each.size(),
                        Figures.median(each.ours()),
                        each.peers().length > 0 ? Figures.median(each.peers()) : null))
                .toList();
    }

    private double ours(Series each) {
        int[] tokens = new int[each.nodes()];
        Arrays.fill(tokens, Math.min(100, model.description().vocabularySize() - 1));
        List<Segment> segments = each.lanes().stream()
                .map(lane -> Segment.chain(lane, tokens, 0))
                .toList();
        long start = System.nanoTime();
        try (Pass pass = model.forward(segments)) {
            pass.rank(Collections.nCopies(pass.rows(), QUERY));
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private static double peers(PeerEngine.Loaded peer, int nodes, int round) {
        String next = NEXT_WORDS.get(Math.floorMod(round, NEXT_WORDS.size()));
        return 1e3
                * peer.answer(STEM_WORD.repeat(STEM) + next.repeat(nodes), 1, true)
                        .seconds();
    }

    @Override
    public void close() {
        lanes.forEach(ModelSession::close);
    }
}
