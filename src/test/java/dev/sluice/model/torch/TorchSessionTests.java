package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.model.CacheScope;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("model")
@SuppressWarnings("try")
class TorchSessionTests {
    private final TorchModel model = LoadedModels.in(Precision.INT4);

    @Test
    void pages_are_taken_when_reserved_and_given_back() {
        int all = model.freePositions();
        assertThat(all).isEqualTo(model.totalPositions());
        try (ModelSession session = model.open()) {
            assertThat(model.freePositions()).isEqualTo(all);
            assertThat(session.reserve(65)).isTrue();
            assertThat(model.freePositions()).isEqualTo(all - 128);
            LoadedModels.feed(model, session, new int[100], 64);
            assertThat(session.length()).isEqualTo(100);
            assertThat(model.freePositions()).isEqualTo(all - 128);
            session.truncate(64);
            assertThat(model.freePositions()).isEqualTo(all - 64);
            session.truncate(0);
            assertThat(model.freePositions()).isEqualTo(all);
            session.reserve(1);
            session.close();
            session.close();
            assertThat(model.freePositions()).isEqualTo(all);
        }
    }

    @Test
    void a_reservation_that_does_not_fit_changes_nothing() {
        try (ModelSession one = model.open();
                ModelSession two = model.open();
                ModelSession three = model.open()) {
            assertThat(one.reserve(2048)).isTrue();
            assertThat(two.reserve(model.freePositions() - 64)).isTrue();
            int free = model.freePositions();
            assertThat(three.reserve(65)).isFalse();
            assertThat(model.freePositions()).isEqualTo(free);
            assertThat(three.reserve(64)).isTrue();
        }
    }

    @Test
    void going_back_into_a_shared_page_leaves_it_to_the_others() {
        CacheScope scope = new CacheScope("going back", "");
        int[] text = new Random(7).ints(130, 100, 40_000).toArray();
        int[] other = text.clone();
        for (int i = 100; i < other.length; i++) {
            other[i] = 500 + i;
        }
        try (ModelSession plain = model.open();
                ModelSession first = model.open(scope);
                ModelSession second = model.open(scope);
                ModelSession third = model.open(scope)) {
            float[][] rows = LoadedModels.feed(model, plain, text, 64);
            plain.truncate(0);
            float[][] otherRows = LoadedModels.feed(model, plain, other, 64);
            LoadedModels.feed(model, first, text, 64);
            second.adopt(text);
            assertThat(second.length()).isEqualTo(128);
            first.truncate(100);
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.forward(List.of(Segment.chain(first, new int[] {1}, 0))))
                    .withMessageContaining("reserve");
            float[][] changed = LoadedModels.feed(model, first, Arrays.copyOfRange(other, 100, 130), 30);
            assertThat(changed[29]).isEqualTo(otherRows[129]);
            assertThat(LoadedModels.feed(model, second, Arrays.copyOfRange(text, 128, 130), 2)[1])
                    .isEqualTo(rows[129]);
            third.adopt(Arrays.copyOf(text, 128));
            assertThat(third.length()).isEqualTo(127);
            assertThat(LoadedModels.feed(model, third, Arrays.copyOfRange(text, 127, 130), 3)[2])
                    .isEqualTo(rows[129]);
            third.truncate(0);
            third.adopt(other);
            assertThat(third.length()).isEqualTo(128);
            assertThat(LoadedModels.feed(model, third, Arrays.copyOfRange(other, 128, 130), 2)[1])
                    .isEqualTo(otherRows[129]);
        }
        assertThat(model.freePositions()).isEqualTo(model.totalPositions());
    }

    @Test
    void a_tree_beside_many_prompts_finds_its_places() {
        Random random = new Random(3);
        int[] text = random.ints(70, 100, 40_000).toArray();
        List<ModelSession> lanes = new ArrayList<>();
        try (ModelSession plain = model.open()) {
            float[][] rows = LoadedModels.feed(model, plain, text, 64);
            List<Segment> segments = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                ModelSession lane = model.open();
                lanes.add(lane);
                assertThat(lane.reserve(64)).isTrue();
                segments.add(Segment.chain(lane, Arrays.copyOf(text, 64), 64));
            }
            ModelSession tree = model.open();
            lanes.add(tree);
            assertThat(tree.reserve(70)).isTrue();
            segments.add(new Segment(tree, new int[] {500, text[0], text[1]}, new int[] {-1, -1, 1}, 0));
            model.forward(segments).close();
            tree.commit(new int[] {1, 2});
            assertThat(LoadedModels.feed(model, tree, Arrays.copyOfRange(text, 2, 70), 34)[67])
                    .isEqualTo(rows[69]);
        } finally {
            lanes.forEach(ModelSession::close);
        }
    }

    @Test
    void misuse_is_told() {
        try (ModelSession session = model.open()) {
            Segment segment = Segment.chain(session, new int[] {1}, 0);
            assertThatIllegalStateException()
                    .isThrownBy(() -> model.forward(List.of(segment)))
                    .withMessageContaining("reserve");
            session.reserve(2);
            assertThatIllegalArgumentException().isThrownBy(() -> model.forward(List.of()));
            assertThatIllegalArgumentException().isThrownBy(() -> model.forward(List.of(segment, segment)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.forward(List.of(Segment.chain(session, new int[] {-1}, 0))));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.forward(List.of(Segment.chain(session, new int[65], 0))));
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            model.forward(List.of(new Segment(session, new int[] {1, 2}, new int[] {1, -1}, 0))));
            assertThatIllegalArgumentException().isThrownBy(() -> session.reserve(4096));
            assertThatIllegalArgumentException().isThrownBy(() -> session.truncate(1));
            assertThatIllegalStateException().isThrownBy(() -> session.commit(new int[] {0}));
            Pass pass = model.forward(List.of(segment));
            assertThatIllegalArgumentException().isThrownBy(() -> session.commit(new int[] {1}));
            assertThatIllegalArgumentException().isThrownBy(() -> pass.logits(1));
            session.commit(new int[] {0});
            assertThatIllegalStateException().isThrownBy(() -> session.commit(new int[] {0}));
            pass.close();
            pass.close();
            assertThatIllegalStateException().isThrownBy(() -> pass.logits(0));
            session.close();
            assertThatIllegalStateException().isThrownBy(() -> session.reserve(1));
        }
    }

    @Test
    void two_hundred_sessions_and_passes_leave_nothing_behind() throws IOException {
        int all = model.freePositions();
        rounds(20);
        long before = residentBytes();
        rounds(200);
        assertThat(model.freePositions()).isEqualTo(all);
        assertThat(residentBytes() - before)
                .as("bytes grown; the rows of these passes are 315 MB")
                .isLessThan(150L << 20);
    }

    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            try (ModelSession session = model.open()) {
                session.reserve(16);
                try (Pass pass = model.forward(List.of(Segment.chain(session, new int[16], 0)))) {
                    pass.logits(0);
                }
            }
        }
    }

    private static long residentBytes() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    }
}
