package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The check must pass a model whose rows depend on the prefix alone, and find out every other. */
class ExactnessCheckTests {
    /** What a row of the imitated model depends on beside its prefix. */
    private enum Flaw {
        NONE,
        NODES_OF_THE_PASS,
        SEGMENTS_OF_THE_PASS,
        SLOT_IN_THE_TREE,
        RANKING_BY_ROWS
    }

    @Test
    void rows_of_the_prefix_alone_pass() {
        assertThat(passes(Flaw.NONE)).isTrue();
    }

    @Test
    void each_flaw_is_found() {
        assertThat(passes(Flaw.NODES_OF_THE_PASS)).isFalse();
        assertThat(passes(Flaw.SEGMENTS_OF_THE_PASS)).isFalse();
        assertThat(passes(Flaw.SLOT_IN_THE_TREE)).isFalse();
        assertThat(passes(Flaw.RANKING_BY_ROWS)).isFalse();
    }

    private static boolean passes(Flaw flaw) {
        return new ExactnessCheck(new Imitation(flaw), (phase, done, total) -> {}).passes();
    }

    private static final class Lane implements ModelSession {
        private final List<Integer> tokens = new ArrayList<>();
        private int[] segment = new int[0];

        @Override
        public int length() {
            return tokens.size();
        }

        @Override
        public boolean reserve(int more) {
            return true;
        }

        @Override
        public void commit(int[] path) {
            for (int node : path) {
                tokens.add(segment[node]);
            }
        }

        @Override
        public void truncate(int length) {
            tokens.subList(length, tokens.size()).clear();
        }

        @Override
        public void close() {}
    }

    private record Imitation(Flaw flaw) implements CausalModel {
        @Override
        public ModelDescription description() {
            return new ModelDescription("x", 100, 1000, "x", "x", Identity.EXACT, "x");
        }

        @Override
        public ModelSession open() {
            return new Lane();
        }

        @Override
        public int freePositions() {
            return totalPositions();
        }

        @Override
        public int totalPositions() {
            return 10_000;
        }

        @Override
        public int maxSegment() {
            return 64;
        }

        @Override
        public int maxTreeNodes() {
            return 512;
        }

        @Override
        public Pass forward(List<Segment> segments) {
            List<float[]> rows = new ArrayList<>();
            int nodes = segments.stream().mapToInt(s -> s.tokens().length).sum();
            for (Segment segment : segments) {
                Lane lane = (Lane) segment.session();
                lane.segment = segment.tokens();
                for (int node = 0; node < segment.tokens().length; node++) {
                    List<Integer> path = new ArrayList<>(lane.tokens);
                    for (int a = node; a >= 0; a = segment.parents()[a]) {
                        path.add(lane.tokens.size(), segment.tokens()[a]);
                    }
                    float row = path.hashCode() % 1000;
                    row += switch (flaw) {
                        case NODES_OF_THE_PASS -> nodes > 60 ? 1e-3f : 0;
                        case SEGMENTS_OF_THE_PASS -> segments.size() > 1 ? 1e-3f : 0;
                        case SLOT_IN_THE_TREE -> path.size() - lane.tokens.size() <= node ? 1e-3f : 0;
                        default -> 0;
                    };
                    rows.add(new float[] {row});
                }
            }
            return new Rows(rows, flaw);
        }

        @Override
        public void close() {}
    }

    private record Rows(List<float[]> values, Flaw flaw) implements Pass {
        @Override
        public int rows() {
            return values.size();
        }

        @Override
        public List<RankedRow> rank(List<RowQuery> queries) {
            float noise = flaw == Flaw.RANKING_BY_ROWS && queries.size() > 8 ? 1e-6f : 0;
            return values.stream()
                    .map(row -> new RankedRow(
                            new RankedRow.Candidates(new int[] {0}, row.clone()), noise, new float[] {1}, null))
                    .toList();
        }

        @Override
        public float[] logits(int row) {
            return values.get(row);
        }

        @Override
        public float[] hidden(int row) {
            return new float[0];
        }

        @Override
        public void close() {}
    }
}
