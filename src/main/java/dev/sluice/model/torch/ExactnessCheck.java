package dev.sluice.model.torch;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tries whether logits and rankings depend on the logical prefix alone on this machine: the same tokens once step by step,
 * then in chunks, in trees, and in batches whose pages lie elsewhere, all bits compared.
 *
 * <p>A hundred passes or so. A pass that agrees here is no proof for every shape, but kernels that change with the shape
 * of a pass showed it within the first of these.
 */
final class ExactnessCheck {
    private static final int TOKENS = 84;
    /** Goes up when the check tries something else, so that what an earlier one found does not count. */
    static final int EDITION = 2;

    /** Committed tokens before a tree: its nodes straddle the end of a page. */
    private static final int STEM = 62;

    private static final RowQuery QUERY =
            new RowQuery(new int[] {1, 2}, new float[] {1.25f, 1}, new float[] {0, -1}, 0.75f, new int[] {3}, null);

    private final CausalModel model;
    private final LoadProgress progress;
    private final int[] tokens;
    private final RowBits[] expected = new RowBits[TOKENS];

    ExactnessCheck(CausalModel model, LoadProgress progress) {
        this.model = model;
        this.progress = progress;
        int vocabulary = model.description().vocabularySize();
        tokens = IntStream.range(0, TOKENS)
                .map(i -> Math.floorMod(i * 7919 + 104729, vocabulary))
                .toArray();
    }

    /** Whether all bits agree; also false where the model is too small to tell. */
    boolean passes() {
        if (model.description().contextLength() < TOKENS || model.freePositions() < 5 * 2 * KvPool.PAGE) {
            return false;
        }
        steps();
        return chunks(7, 64, 13) && chunks(33, 2, 16, 33) && wide() && trees();
    }

    /** What a row says: its logits and its ranking. */
    private record RowBits(float[] logits, RankedRow ranked) {
        boolean agreesWith(RowBits other) {
            return Arrays.equals(logits, other.logits)
                    && Float.floatToRawIntBits(ranked.logSumExp()) == Float.floatToRawIntBits(other.ranked.logSumExp())
                    && Arrays.equals(ranked.best().logits(), other.ranked.best().logits())
                    && Arrays.equals(ranked.gathered(), other.ranked.gathered());
        }
    }

    private void steps() {
        try (ModelSession session = model.open()) {
            for (int i = 0; i < TOKENS; i++) {
                expected[i] = run(List.of(chain(session, i, 1))).get(0);
                session.commit(new int[] {0});
                progress.advanced("exactness", i + 1L, TOKENS);
            }
        }
    }

    private boolean chunks(int... sizes) {
        try (ModelSession session = model.open()) {
            for (int size : sizes) {
                int from = session.length();
                List<RowBits> found = run(List.of(chain(session, from, size)));
                session.commit(IntStream.range(0, size).toArray());
                for (int i = 0; i < size; i++) {
                    if (!found.get(i).agreesWith(expected[from + i])) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /** As many rows as one segment may have, in several sessions at once. */
    private boolean wide() {
        int size = Math.min(TOKENS, model.maxSegment());
        try (ModelSession first = model.open();
                ModelSession second = model.open();
                ModelSession third = model.open()) {
            List<RowBits> found = run(List.of(chain(first, 0, size), chain(second, 0, size), chain(third, 0, size)));
            for (int i = 0; i < found.size(); i++) {
                if (!found.get(i).agreesWith(expected[i % size])) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Trees alone and beside other sessions, one on pages in another order; then what follows an accepted path. */
    private boolean trees() {
        try (ModelSession first = stem();
                ModelSession second = stem();
                ModelSession third = stem()) {
            Segment narrow = tree(first, 1);
            List<RowBits> alone = run(List.of(narrow));
            List<RowBits> together = run(List.of(tree(third, 4), narrow, chain(second, STEM, 5)));
            int offset = 4 + 3;
            for (int i = 0; i < narrow.tokens().length; i++) {
                if (!together.get(offset + i).agreesWith(alone.get(i))) {
                    return false;
                }
            }
            boolean same = true;
            for (int depth = 0; depth < 3; depth++) {
                same &= alone.get(depth + 1).agreesWith(expected[STEM + depth]);
                same &= together.get(depth + 4).agreesWith(expected[STEM + depth]);
            }
            int chainRow = offset + narrow.tokens().length;
            for (int i = 0; i < 5; i++) {
                same &= together.get(chainRow + i).agreesWith(expected[STEM + i]);
            }
            first.commit(new int[] {1, 2, 3});
            return same && run(List.of(chain(first, STEM + 3, 2))).get(1).agreesWith(expected[STEM + 4]);
        }
    }

    /** A wrong branch of so many nodes, then the right one of three. */
    private Segment tree(ModelSession session, int wrong) {
        int[] nodes = new int[wrong + 3];
        int[] parents = new int[wrong + 3];
        for (int i = 0; i < nodes.length; i++) {
            int depth = i < wrong ? i : i - wrong;
            nodes[i] = i < wrong ? tokens[i] : tokens[STEM + depth];
            parents[i] = depth == 0 ? -1 : i - 1;
        }
        session.reserve(nodes.length);
        return new Segment(session, nodes, parents, 0);
    }

    private ModelSession stem() {
        ModelSession session = model.open();
        while (session.length() < STEM) {
            int size = Math.min(31, STEM - session.length());
            run(List.of(chain(session, session.length(), size)));
            session.commit(IntStream.range(0, size).toArray());
        }
        return session;
    }

    private Segment chain(ModelSession session, int from, int size) {
        session.reserve(size);
        return Segment.chain(session, Arrays.copyOfRange(tokens, from, from + size), 0);
    }

    private List<RowBits> run(List<Segment> segments) {
        try (Pass pass = model.forward(segments)) {
            List<RankedRow> ranked = pass.rank(Collections.nCopies(pass.rows(), QUERY));
            List<RowBits> rows = new ArrayList<>();
            for (int row = 0; row < pass.rows(); row++) {
                rows.add(new RowBits(pass.logits(row), ranked.get(row)));
            }
            return rows;
        }
    }
}
