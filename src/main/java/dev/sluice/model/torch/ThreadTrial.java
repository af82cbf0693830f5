package dev.sluice.model.torch;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Segment;
import java.util.List;

/** Times passes at several numbers of threads and finds the best; some tenths of a second. */
final class ThreadTrial {
    private static final int ROUNDS = 5;
    /** A smaller number of threads must be faster by this factor: other work on the machine blurs the trial. */
    private static final double CLEARLY = 0.9;

    private final TorchModel model;
    private final TorchRuntime runtime;
    private final LoadProgress progress;

    ThreadTrial(TorchModel model, TorchRuntime runtime, LoadProgress progress) {
        this.model = model;
        this.runtime = runtime;
        this.progress = progress;
    }

    /** The best number of threads from {@code most} down by halves; it is set when this returns. */
    int best(int most) {
        int best = most;
        long fastest = nanos(most);
        for (int threads = most / 2; threads >= 1; threads /= 2) {
            long nanos = nanos(threads);
            progress.advanced("threads", most - threads + 1L, most);
            if (nanos < CLEARLY * fastest) {
                best = threads;
                fastest = nanos;
            }
        }
        runtime.threads(best);
        return best;
    }

    /** The shortest time of a pass of one node and one of four. */
    private long nanos(int threads) {
        runtime.threads(threads);
        return shortest(1) + shortest(4);
    }

    private long shortest(int nodes) {
        long shortest = Long.MAX_VALUE;
        try (ModelSession session = model.open()) {
            session.reserve(nodes);
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                model.forward(List.of(Segment.chain(session, new int[nodes], 0)))
                        .close();
                shortest = Math.min(shortest, System.nanoTime() - start);
            }
        }
        return shortest;
    }
}
