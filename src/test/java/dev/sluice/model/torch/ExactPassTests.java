package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.CacheScope;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.testkit.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random passes of every kind, over pages of their own and adopted ones, against plain steps: all bits of all logits. */
@Tag("model")
class ExactPassTests {
    private static final int TEXTS = 2;
    private static final int LENGTH = 150;
    private static final int LANES = 8;
    /** Passes of a case. */
    private static final int PASSES = 25;

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"INT4", "INT8", "FLOAT32", "BFLOAT16", "FLOAT16"})
    void every_pass_gives_the_bits_of_plain_steps(Precision precision) {
        TorchModel model = LoadedModels.in(precision);
        assumeTrue(
                model.description().identity() == Identity.EXACT,
                "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
        int sample = switch (precision) {
            case INT4 -> 17;
            case FLOAT32 -> 3;
            default -> 1;
        };
        Series cases = Series.of("exact-passes-" + precision, sample, 5_000 / PASSES);
        try (Duel duel = new Duel(model, new Random(20), 40_000)) {
            for (int number : cases) {
                duel.run(number, PASSES);
            }
            assertThat(duel.adopted()).isPositive();
            System.out.printf(
                    "%s: %d rows of %d passes equal to plain steps%n", precision, duel.rows(), cases.ran() * PASSES);
        }
        assertThat(model.freePositions()).isEqualTo(model.totalPositions());
    }

    /** Lanes that hold prefixes of a few texts, and what plain steps give behind each prefix. */
    static final class Duel implements AutoCloseable {
        private final TorchModel model;
        /** Two tokens that wrong nodes have. */
        private final int wrong;

        private final int[][] texts = new int[TEXTS][LENGTH];
        private final ModelSession[] plain = new ModelSession[TEXTS];
        /** Digest of the logits behind a prefix: text, committed length, and tokens from there on. */
        private final Map<List<Integer>, Long> expected = new HashMap<>();

        private final List<Lane> lanes = new ArrayList<>();
        private Random random;
        private CacheScope scope = new CacheScope("exact", "");
        private int rows;
        private int adopted;

        /** A duel over tokens below a bound. */
        Duel(TorchModel model, Random random, int tokens) {
            wrong = tokens / 80;
            this.model = model;
            this.random = random;
            for (int text = 0; text < TEXTS; text++) {
                texts[text] = random.ints(LENGTH, tokens / 400, tokens).toArray();
                plain[text] = model.open();
                for (int i = 0; i < LENGTH; i++) {
                    expected.put(List.of(text, i, texts[text][i]), step(plain[text], texts[text][i]));
                }
            }
        }

        /** Some passes over fresh lanes, where each text was computed before, decided by the number. */
        void run(int number, int passes) {
            random = new Random(number);
            scope = new CacheScope("exact", "case " + number);
            for (int[] text : texts) {
                try (ModelSession before = model.open(scope)) {
                    LoadedModels.feed(model, before, Arrays.copyOf(text, 128), 64);
                }
            }
            for (int pass = 0; pass < passes; pass++) {
                onePass("-Dsluice.tests.case=" + number + ", pass " + pass);
            }
            lanes.forEach(lane -> lane.session.close());
            lanes.clear();
        }

        /** Rows compared so far. */
        int rows() {
            return rows;
        }

        /** Tokens whose pages were adopted so far. */
        int adopted() {
            return adopted;
        }

        @Override
        public void close() {
            Arrays.stream(plain).forEach(ModelSession::close);
        }

        private void onePass(String where) {
            List<Lane> running = chosenLanes();
            List<Segment> segments = new ArrayList<>();
            for (Lane lane : running) {
                segments.add(segment(lane));
            }
            List<Long> found = new ArrayList<>();
            try (Pass pass = model.forward(segments)) {
                for (int row = 0; row < pass.rows(); row++) {
                    found.add(digest(pass.logits(row)));
                }
            }
            int row = 0;
            for (int i = 0; i < running.size(); i++) {
                Segment segment = segments.get(i);
                for (int node = segment.firstRow(); node < segment.tokens().length; node++) {
                    assertThat(found.get(row++))
                            .as(
                                    "%s, segment %d of %s, node %d behind %d tokens, parents %s",
                                    where,
                                    i,
                                    segments.size(),
                                    node,
                                    running.get(i).session.length(),
                                    Arrays.toString(segment.parents()))
                            .isEqualTo(plainDigest(running.get(i), segment, node));
                    rows++;
                }
            }
            for (int i = 0; i < running.size(); i++) {
                running.get(i).session.commit(acceptedPath(running.get(i), segments.get(i)));
            }
        }

        /** Some lanes, after some were closed, opened and truncated, so that pages change hands. */
        private List<Lane> chosenLanes() {
            while (lanes.size() < LANES) {
                lanes.add(opened());
            }
            if (random.nextInt(4) == 0) {
                lanes.remove(random.nextInt(LANES)).session.close();
                lanes.add(random.nextInt(LANES), opened());
            }
            if (random.nextInt(10) == 0) {
                dropKeptPages();
            }
            List<Lane> running = new ArrayList<>();
            int wanted = 1 + random.nextInt(1 + random.nextInt(LANES));
            for (int first = random.nextInt(LANES); running.size() < wanted; first++) {
                Lane lane = lanes.get(first % LANES);
                if (lane.session.length() > LENGTH - 20 || random.nextInt(5) == 0) {
                    lane.session.truncate(random.nextInt(Math.min(lane.session.length(), LENGTH - 20) + 1));
                }
                if (random.nextInt(2) == 0) {
                    adopt(lane);
                }
                running.add(lane);
            }
            return running;
        }

        /** Takes all pages that nobody holds. */
        private void dropKeptPages() {
            List<ModelSession> hogs = new ArrayList<>();
            while (model.freePositions() > 0) {
                hogs.add(model.open());
                assertThat(hogs.get(hogs.size() - 1)
                                .reserve(Math.min(model.description().contextLength(), model.freePositions())))
                        .isTrue();
            }
            hogs.forEach(ModelSession::close);
        }

        private Lane opened() {
            return new Lane(random.nextInt(TEXTS), model.open(scope));
        }

        private void adopt(Lane lane) {
            int before = lane.session.length();
            int least = Math.min(before + 2, LENGTH - 20);
            lane.session.adopt(Arrays.copyOf(texts[lane.text], least + random.nextInt(LENGTH - 20 - least + 1)));
            adopted += lane.session.length() - before;
        }

        private Segment segment(Lane lane) {
            int length = lane.session.length();
            int[] text = texts[lane.text];
            int kind = random.nextInt(4);
            if (kind < 2) {
                int size =
                        kind == 0 ? 1 : 1 + random.nextInt(Math.min(random.nextInt(8) == 0 ? 64 : 12, LENGTH - length));
                assertThat(lane.session.reserve(size)).isTrue();
                return Segment.chain(
                        lane.session, Arrays.copyOfRange(text, length, length + size), random.nextInt(size + 1));
            }
            int size = 2 + random.nextInt(9);
            int[] tokens = new int[size];
            int[] parents = new int[size];
            int[] depths = new int[size];
            for (int i = 0; i < size; i++) {
                parents[i] = random.nextInt(3) == 0 ? random.nextInt(i + 1) - 1 : i - 1;
                depths[i] = parents[i] < 0 ? 0 : depths[parents[i]] + 1;
                tokens[i] = random.nextInt(4) > 0 ? text[length + depths[i]] : wrong + random.nextInt(2);
            }
            assertThat(lane.session.reserve(size)).isTrue();
            return new Segment(lane.session, tokens, parents, 0);
        }

        /** The longest path of nodes that go on with the lane's text, or part of it. */
        private int[] acceptedPath(Lane lane, Segment segment) {
            List<Integer> path = new ArrayList<>();
            int parent = -1;
            int length = lane.session.length();
            for (int node = 0; node < segment.tokens().length; node++) {
                if (segment.parents()[node] == parent
                        && segment.tokens()[node] == texts[lane.text][length + path.size()]
                        && random.nextInt(8) > 0) {
                    path.add(node);
                    parent = node;
                }
            }
            return path.stream().mapToInt(Integer::intValue).toArray();
        }

        private long plainDigest(Lane lane, Segment segment, int node) {
            int length = lane.session.length();
            List<Integer> path = new ArrayList<>();
            for (int a = node; a >= 0; a = segment.parents()[a]) {
                path.add(0, segment.tokens()[a]);
            }
            while (path.size() > 1 && path.get(0) == texts[lane.text][length]) {
                path.remove(0);
                length++;
            }
            List<Integer> key = new ArrayList<>(List.of(lane.text, length));
            key.addAll(path);
            return expected.computeIfAbsent(key, k -> {
                ModelSession session = plain[lane.text];
                int committed = k.get(1);
                session.truncate(Math.min(session.length(), committed));
                int[] missing = Arrays.copyOfRange(texts[lane.text], session.length(), committed);
                LoadedModels.feed(model, session, missing, 64);
                long digest = 0;
                for (int token : path) {
                    digest = step(session, token);
                }
                session.truncate(committed);
                return digest;
            });
        }

        private long step(ModelSession session, int token) {
            assertThat(session.reserve(1)).isTrue();
            try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {token}, 0)))) {
                session.commit(new int[] {0});
                return digest(pass.logits(0));
            }
        }

        private static long digest(float[] row) {
            long hash = 1;
            for (float value : row) {
                hash = hash * 0x9E3779B97F4A7C15L + Float.floatToRawIntBits(value);
            }
            return hash;
        }
    }

    /** A session under test; it always holds a prefix of its text. */
    private static final class Lane {
        final int text;
        final ModelSession session;

        Lane(int text, ModelSession session) {
            this.text = text;
            this.session = session;
        }
    }
}
