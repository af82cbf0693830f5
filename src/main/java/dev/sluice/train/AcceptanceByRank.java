package dev.sluice.train;

import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Counts how often a head accepts the candidate of each rank of the model's own distribution. One thread. */
final class AcceptanceByRank {
    private static final int RANKS = 8;
    private static final int EVERY = 8;
    private static final RowQuery PLAIN = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);

    private final CausalModel model;
    private final AcceptanceHead head;
    private final int[] asked = new int[RANKS];
    private final int[] accepted = new int[RANKS];

    AcceptanceByRank(CausalModel model, AcceptanceHead head) {
        this.model = model;
        this.head = head;
    }

    /** Counts at every eighth position of an answer: the best eight candidates there, judged as siblings in one pass. */
    void add(int[] prompt, List<Integer> answer) {
        int[] all = Arrays.copyOf(prompt, prompt.length + answer.size());
        for (int i = 0; i < answer.size(); i++) {
            all[prompt.length + i] = answer.get(i);
        }
        try (ModelSession session = model.open()) {
            if (!session.reserve(all.length + RANKS)) {
                throw new IllegalStateException("an answer of " + all.length
                        + " tokens needs more memory for keys and values; raise sluice.model.kv-memory");
            }
            for (int position = prompt.length; position < all.length; position += EVERY) {
                judge(session, advance(session, all, position));
            }
        }
    }

    /** Commits all tokens before a position; the best candidates there. */
    private RankedRow advance(ModelSession session, int[] all, int position) {
        RankedRow[] found = new RankedRow[1];
        ChunkReader.read(model, session, Arrays.copyOf(all, position), position - 1, (pass, first, path) -> {
            if (pass.rows() > 0) {
                found[0] = pass.rank(List.of(PLAIN)).get(0);
            }
        });
        return found[0];
    }

    private void judge(ModelSession session, RankedRow row) {
        int[] candidates =
                Arrays.copyOf(row.best().tokens(), Math.min(RANKS, row.best().tokens().length));
        int[] siblings = new int[candidates.length];
        Arrays.fill(siblings, -1);
        try (Pass pass = model.forward(List.of(new Segment(session, candidates, siblings, 0)))) {
            for (int rank = 0; rank < candidates.length; rank++) {
                float[] two = head.network().apply(pass.hidden(rank));
                asked[rank]++;
                accepted[rank] += two[1] > two[0] ? 1 : 0;
            }
        }
    }

    /** The shares, from the first rank. */
    List<Double> shares() {
        List<Double> shares = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            if (asked[rank] > 0) {
                shares.add((double) accepted[rank] / asked[rank]);
            }
        }
        return shares;
    }
}
