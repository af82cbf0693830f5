package dev.sluice.model.torch;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Times passes of several sizes, ranking included: what drafting is weighed against at first; two seconds. */
final class PassTrial {
    /** Tokens of the passes timed, as {@link dev.sluice.model.CausalModel#passTimes} names them. */
    static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16, 32);

    private static final int ROUNDS = 8;

    private PassTrial() {}

    /** The shortest time of each size, in nanoseconds, never falling. */
    static long[] nanos(TorchModel model) {
        long[] times = new long[SIZES.size()];
        Arrays.fill(times, Long.MAX_VALUE);
        try (ModelSession session = model.open()) {
            session.reserve(Collections.max(SIZES));
            // In turns, so that a slow moment of the machine does not fall on one size alone.
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < times.length; i++) {
                    times[i] = Math.min(times[i], nanos(model, session, SIZES.get(i)));
                }
            }
        }
        for (int i = 1; i < times.length; i++) {
            times[i] = Math.max(times[i], times[i - 1]);
        }
        return times;
    }

    private static long nanos(TorchModel model, ModelSession session, int tokens) {
        RowQuery query = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);
        long start = System.nanoTime();
        try (Pass pass = model.forward(List.of(Segment.chain(session, new int[tokens], 0)))) {
            pass.rank(Collections.nCopies(tokens, query));
        }
        return System.nanoTime() - start;
    }
}
