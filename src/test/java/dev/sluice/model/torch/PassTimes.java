package dev.sluice.model.torch;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Prints how long passes take, behind 276 tokens: for people, not a test. Arguments: precisions. */
final class PassTimes {
    private static final int CACHED = 276;
    private static final int ROUNDS = 40;

    private PassTimes() {}

    /** Runs the passes. */
    public static void main(String[] precisions) {
        for (String precision : precisions) {
            Precision chosen = Precision.valueOf(precision.toUpperCase(Locale.ROOT));
            try (TorchModel model = TorchModel.load(
                    dev.sluice.testkit.TestModel.path(), LoadedModels.options(chosen), (phase, done, total) -> {})) {
                System.out.println(model.description() + " " + model.profile());
                passes(model);
            }
        }
    }

    private static void passes(TorchModel model) {
        Random random = new Random(1);
        List<Segment> batch = new ArrayList<>();
        for (int size = 1; size <= 8; size++) {
            ModelSession session = model.open();
            LoadedModels.feed(model, session, random.ints(CACHED, 100, 40_000).toArray(), 64);
            session.reserve(16);
            batch.add(Segment.chain(session, new int[] {500}, 0));
            if (Integer.bitCount(size) == 1) {
                time("sessions " + size, model, batch);
            }
        }
        ModelSession first = batch.get(0).session();
        for (int nodes : new int[] {2, 4, 8, 16}) {
            time("chain " + nodes, model, List.of(Segment.chain(first, new int[nodes], 0)));
            int[] parents = new int[nodes];
            for (int i = 0; i < nodes; i++) {
                parents[i] = (i - 1) >> 1;
            }
            time("tree " + nodes, model, List.of(new Segment(first, new int[nodes], parents, 0)));
        }
        try (Pass pass = model.forward(batch)) {
            RowQuery query = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);
            time("rank 8 rows", () -> pass.rank(Collections.nCopies(8, query)));
        }
        batch.forEach(segment -> segment.session().close());
    }

    private static void time(String what, TorchModel model, List<Segment> segments) {
        time(what, () -> model.forward(segments).close());
    }

    private static void time(String what, Runnable pass) {
        double[] millis = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            pass.run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        System.out.printf("%-12s min %.1f ms, median %.1f ms%n", what, millis[0], millis[ROUNDS / 2]);
    }
}
