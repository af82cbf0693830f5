package dev.sluice.model.torch;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.Collections;
import java.util.List;

/** Times passes of several sizes, ranking included: what drafting is weighed against at first; about a second. */
final class PassTrial {
    /** Tokens of the passes timed, as {@link dev.sluice.model.CausalModel#passTimes} names them. */
    static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16, 32);

    private static final int ROUNDS = 4;

    private PassTrial() {}

    /** The shortest time of each size, in nanoseconds, never falling. */
    static long[] nanos(TorchModel model) {
        long[] times = new long[SIZES.size()];
        try (ModelSession session = model.open()) {
            session.reserve(Collections.max(SIZES));
            for (int i = 0; i < times.length; i++) {
                times[i] = Math.max(shortest(model, session, SIZES.get(i)), i == 0 ? 1 : times[i - 1]);
            }
        }
        return times;
    }

    private static long shortest(TorchModel model, ModelSession session, int tokens) {
        RowQuery query = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);
        long shortest = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            try (Pass pass = model.forward(List.of(Segment.chain(session, new int[tokens], 0)))) {
                pass.rank(Collections.nCopies(tokens, query));
            }
            shortest = Math.min(shortest, System.nanoTime() - start);
        }
        return shortest;
    }
}
