package dev.sluice.server;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Times single passes of a model by the number of tokens in them, ranking included, behind a prefix of 64 tokens. */
final class BenchPasses {
    private static final List<Integer> SIZES = List.of(1, 2, 4, 8, 16, 32);
    private static final int PREFIX = 64;
    private static final int ROUNDS = 15;

    private BenchPasses() {}

    /** Median times, by size. The model must not be in use. */
    static List<BenchResult.PassTime> measure(CausalModel model) {
        List<BenchResult.PassTime> times = new ArrayList<>();
        try (ModelSession session = model.open()) {
            if (!session.reserve(PREFIX + Collections.max(SIZES))) {
                return times;
            }
            int[] prefix = IntStream.range(0, PREFIX)
                    .map(i -> 100 + i % (model.description().vocabularySize() - 100))
                    .toArray();
            model.forward(List.of(Segment.chain(session, prefix, prefix.length)))
                    .close();
            session.commit(IntStream.range(0, PREFIX).toArray());
            for (int size : SIZES) {
                double[] rounds = new double[ROUNDS];
                for (int round = -3; round < ROUNDS; round++) {
                    double millis = time(model, session, size);
                    if (round >= 0) {
                        rounds[round] = millis;
                    }
                }
                Arrays.sort(rounds);
                times.add(new BenchResult.PassTime(size, rounds[ROUNDS / 2]));
            }
        }
        return times;
    }

    private static double time(CausalModel model, ModelSession session, int size) {
        int[] tokens = new int[size];
        Arrays.fill(tokens, 100);
        RowQuery query = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);
        long start = System.nanoTime();
        try (Pass pass = model.forward(List.of(Segment.chain(session, tokens, 0)))) {
            pass.rank(Collections.nCopies(size, query));
        }
        return (System.nanoTime() - start) / 1e6;
    }
}
