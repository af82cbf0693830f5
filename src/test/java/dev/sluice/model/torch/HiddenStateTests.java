package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.offset;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.CacheScope;
import dev.sluice.model.FeedForward;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import dev.sluice.model.store.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try")
class HiddenStateTests {
    private static final int[] PROMPT =
            new Random(5).ints(200, 0, TinyModel.VOCABULARY).toArray();

    private TorchModel model;

    @BeforeEach
    void load(@TempDir Path folder) throws IOException {
        model = TorchModel.load(
                TinyFiles.folder(TinyModel.all().get(0), folder, 1),
                new TorchOptions(
                        "tiny",
                        Precision.FLOAT32,
                        "cpu",
                        64L << 20,
                        512,
                        1,
                        null,
                        ModelStore.defaultHome(),
                        new BitSet()),
                (phase, done, total) -> {});
        assumeTrue(model.description().identity() == Identity.EXACT, "kernels here are not exact");
    }

    @AfterEach
    void close() {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 63, 64})
    void the_mean_does_not_depend_on_the_chunks(int chunk) {
        model.watch(List.of(1, 2));
        float[] first = mean(null, 64, 1);
        assertThat(mean(null, chunk, 1)).isEqualTo(first);
        assertThat(mean(null, chunk, 2)).isNotEqualTo(first);
    }

    @Test
    void the_state_behind_the_last_block_normed_is_what_the_head_sees() {
        int last = TinyModel.all().get(0).layers();
        model.watch(List.of(last));
        try (ModelSession session = model.open()) {
            session.reserve(1);
            try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {PROMPT[0]}, 0)))) {
                float[] state = session.meanState(last, new int[] {0});
                double square = 0;
                for (float one : state) {
                    square += one * one;
                }
                float[] normed = pass.hidden(0);
                float[] weight = TinyModel.all().get(0).weight("model.norm.weight");
                double scale = 1 / Math.sqrt(square / state.length + TinyModel.EPSILON);
                for (int i = 0; i < state.length; i++) {
                    assertThat((double) normed[i]).isCloseTo(state[i] * scale * weight[i], offset(1e-4));
                }
            }
        }
    }

    @Test
    void the_mean_survives_adopted_pages_and_going_back_and_trees() {
        model.watch(List.of(2));
        float[] plain = mean(null, 64, 2);
        CacheScope scope = new CacheScope("states", "");
        assertThat(mean(scope, 64, 2)).isEqualTo(plain);
        try (ModelSession session = model.open(scope)) {
            session.adopt(PROMPT);
            assertThat(session.length()).isEqualTo(192);
            feed(session, Arrays.copyOfRange(PROMPT, 192, PROMPT.length - 1), 64);
            session.reserve(3);
            int root = PROMPT[PROMPT.length - 1];
            Segment tree = new Segment(session, new int[] {root, 5, 6}, new int[] {-1, 0, 0}, 0);
            try (Pass pass = model.forward(List.of(tree))) {
                assertThat(session.meanState(2, new int[] {0})).isEqualTo(plain);
                assertThat(pass.rows()).isEqualTo(3);
            }
            session.commit(new int[] {0, 2});
            session.truncate(PROMPT.length - 1);
            session.reserve(1);
            try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {root}, 0)))) {
                assertThat(session.meanState(2, new int[] {0})).isEqualTo(plain);
                assertThat(pass.rows()).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 129})
    void the_mean_of_a_prompt_that_ends_with_a_page_survives_adoption(int length) {
        model.watch(List.of(2));
        CacheScope scope = new CacheScope("full " + length, "");
        int[] prompt = Arrays.copyOf(PROMPT, length);
        float[] cold = new float[0];
        for (int turn = 0; turn < 3; turn++) {
            try (ModelSession session = model.open(scope)) {
                session.adopt(prompt);
                assertThat(session.length()).isEqualTo(turn == 0 ? 0 : (length - 1) / 64 * 64);
                feed(session, Arrays.copyOfRange(prompt, session.length(), length - 1), 64);
                session.reserve(1);
                try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {prompt[length - 1]}, 0)))) {
                    float[] mean = session.meanState(2, new int[] {0});
                    cold = turn == 0 ? mean : cold;
                    assertThat(mean).isEqualTo(cold);
                    assertThat(pass.rows()).isEqualTo(1);
                }
                session.commit(new int[] {0});
            }
        }
    }

    @Test
    void a_page_whose_states_are_not_known_is_computed_anew() {
        CacheScope scope = new CacheScope("unknown", "");
        try (ModelSession session = model.open(scope)) {
            feed(session, PROMPT, 64);
        }
        model.watch(List.of(2));
        try (ModelSession session = model.open(scope)) {
            session.adopt(PROMPT);
            assertThat(session.length()).isZero();
        }
        assertThat(mean(scope, 64, 2)).isEqualTo(mean(null, 64, 2));
        try (ModelSession session = model.open(scope)) {
            session.adopt(PROMPT);
            assertThat(session.length()).isEqualTo(192);
        }
    }

    @Test
    void only_watched_blocks_are_told_of() {
        try (ModelSession session = model.open()) {
            assertThatIllegalStateException().isThrownBy(() -> model.watch(List.of(1)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.meanState(1, new int[0]))
                    .withMessageContaining("block 1");
        }
        assertThatIllegalArgumentException().isThrownBy(() -> model.watch(List.of(0)));
        assertThatIllegalArgumentException().isThrownBy(() -> model.watch(List.of(99)));
    }

    @Test
    void a_network_gives_a_row_the_same_bits_whatever_the_others_are() {
        FeedForward network = network(new Random(3));
        List<float[]> alone = new ArrayList<>();
        try (ModelSession session = model.open()) {
            for (int i = 0; i < 40; i++) {
                session.reserve(1);
                try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {PROMPT[i]}, 0)))) {
                    alone.add(pass.apply(network)[0]);
                    float[] host = network.apply(pass.hidden(0));
                    for (int k = 0; k < host.length; k++) {
                        assertThat((double) alone.get(i)[k]).isCloseTo(host[k], offset(1e-4));
                    }
                }
                session.commit(new int[] {0});
            }
        }
        try (ModelSession session = model.open()) {
            session.reserve(40);
            try (Pass pass = model.forward(List.of(Segment.chain(session, Arrays.copyOf(PROMPT, 40), 0)))) {
                assertThat(pass.apply(network)).isEqualTo(alone.toArray(float[][]::new));
            }
        }
        FeedForward narrow = new FeedForward(null, List.of(new FeedForward.Linear(new float[4], new float[2])));
        try (ModelSession session = model.open()) {
            session.reserve(1);
            try (Pass pass = model.forward(List.of(Segment.chain(session, new int[] {1}, 0)))) {
                assertThatIllegalArgumentException().isThrownBy(() -> pass.apply(narrow));
            }
        }
    }

    private static FeedForward network(Random random) {
        return new FeedForward(
                new FeedForward.Norm(floats(random, TinyModel.WIDTH), floats(random, TinyModel.WIDTH)),
                List.of(
                        new FeedForward.Linear(floats(random, 1024 * TinyModel.WIDTH), floats(random, 1024)),
                        new FeedForward.Linear(floats(random, 256 * 1024), floats(random, 256)),
                        new FeedForward.Linear(floats(random, 2 * 256), floats(random, 2))));
    }

    private static float[] floats(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() / 16;
        }
        return values;
    }

    /** The mean over the prompt, its last chunk not committed. */
    private float[] mean(CacheScope scope, int chunk, int layer) {
        try (ModelSession session = scope == null ? model.open() : model.open(scope)) {
            int before = PROMPT.length - Math.min(chunk, 8);
            feed(session, Arrays.copyOf(PROMPT, before), chunk);
            int[] rest = Arrays.copyOfRange(PROMPT, before, PROMPT.length);
            session.reserve(rest.length);
            try (Pass pass = model.forward(List.of(Segment.chain(session, rest, rest.length - 1)))) {
                assertThat(pass.rows()).isEqualTo(1);
                float[] mean =
                        session.meanState(layer, IntStream.range(0, rest.length).toArray());
                session.commit(IntStream.range(0, rest.length).toArray());
                assertThat(session.meanState(layer, new int[0])).isEqualTo(mean);
                return mean;
            }
        }
    }

    private void feed(ModelSession session, int[] tokens, int chunk) {
        for (int from = 0; from < tokens.length; from += chunk) {
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
            session.reserve(part.length);
            try (Pass pass = model.forward(List.of(Segment.chain(session, part, part.length)))) {
                assertThat(pass.rows()).isZero();
            }
            session.commit(IntStream.range(0, part.length).toArray());
        }
    }
}
