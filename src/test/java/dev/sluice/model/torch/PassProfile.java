package dev.sluice.model.torch;

import ai.djl.pytorch.jni.JniUtils;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.testkit.TestModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the time of a pass goes, operator by operator, by libtorch's own profiler; for people, not run as a test. Of each
 * call the quickest of all passes counts, so that what else runs on the machine shows little. Recording makes each
 * operator a microsecond or so slower.
 */
final class PassProfile {
    private static final int PASSES = 20;
    private static final int CACHED = 64;
    private static final int SHOWN = 16;

    private PassProfile() {}

    private static final class Event {
        private final String name;
        private final double start;
        private final double end;
        private double self;

        Event(String name, double start, double end) {
            this.name = name;
            this.start = start;
            this.end = end;
            this.self = end - start;
        }
    }

    private static final class Sum {
        private double micros;
        private int calls;
    }

    /** Profiles passes of 1 and of 8 nodes at the given precisions, with the threads of this machine and with one. */
    public static void main(String[] precisions) throws IOException {
        for (String precision : precisions) {
            Precision chosen = Precision.valueOf(precision.toUpperCase(Locale.ROOT));
            try (TorchModel model =
                    TorchModel.load(TestModel.path(), LoadedModels.options(chosen), (phase, done, total) -> {})) {
                for (int threads : new int[] {model.profile().threads(), 1}) {
                    TorchThread.run(() -> JniUtils.setNumThreads(threads));
                    for (int nodes : new int[] {1, 8}) {
                        profile(precision + ", " + threads + " threads", model, nodes);
                    }
                }
            }
        }
    }

    private static void profile(String precision, TorchModel model, int nodes) throws IOException {
        Path trace = Files.createTempFile("pass", ".json");
        try (ModelSession session = model.open()) {
            LoadedModels.feed(
                    model, session, new Random(1).ints(CACHED, 100, 40_000).toArray(), 64);
            session.reserve(nodes);
            List<Segment> segments = List.of(Segment.chain(session, new int[nodes], 0));
            run(model, segments);
            double bare = run(model, segments);
            TorchThread.run(() -> JniUtils.startProfile(false, false, false));
            run(model, segments);
            TorchThread.run(() -> JniUtils.stopProfile(trace.toString()));
            print(precision, nodes, bare, sums(trace));
        } finally {
            Files.delete(trace);
        }
    }

    /** Milliseconds of the quickest pass. */
    private static double run(TorchModel model, List<Segment> segments) {
        RowQuery query = new RowQuery(new int[0], new float[0], new float[0], 1, new int[0], null);
        double quickest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            try (Pass pass = model.forward(segments)) {
                pass.rank(Collections.nCopies(pass.rows(), query));
            }
            quickest = Math.min(quickest, (System.nanoTime() - start) / 1e6);
        }
        return quickest;
    }

    /** Time in each operator without the operators it calls. */
    private static Map<String, Sum> sums(Path trace) throws IOException {
        List<Event> events = new ArrayList<>();
        JsonNode root = new JsonMapper().readTree(Files.readString(trace));
        for (JsonNode node : root.isArray() ? root : root.path("traceEvents")) {
            if (node.path("ph").asString("").equals("X")) {
                double start = node.path("ts").asDouble();
                events.add(new Event(
                        node.path("name").asString(""),
                        start,
                        start + node.path("dur").asDouble()));
            }
        }
        events.sort(Comparator.<Event>comparingDouble(event -> event.start).thenComparingDouble(event -> -event.end));
        Deque<Event> open = new ArrayDeque<>();
        for (Event event : events) {
            while (!open.isEmpty() && open.peek().end <= event.start) {
                open.pop();
            }
            if (!open.isEmpty()) {
                open.peek().self -= event.end - event.start;
            }
            open.push(event);
        }
        return quickest(events);
    }

    /** The same calls come in every pass, in the same order. */
    private static Map<String, Sum> quickest(List<Event> events) {
        int calls = events.size() / PASSES;
        Map<String, Sum> sums = new TreeMap<>();
        for (int call = 0; call < calls; call++) {
            double quickest = Double.POSITIVE_INFINITY;
            for (int pass = 0; pass < PASSES; pass++) {
                quickest = Math.min(quickest, events.get(pass * calls + call).self);
            }
            Sum sum = sums.computeIfAbsent(events.get(call).name, name -> new Sum());
            sum.micros += quickest;
            sum.calls++;
        }
        return sums;
    }

    private static void print(String precision, int nodes, double bare, Map<String, Sum> sums) {
        double all = sums.values().stream().mapToDouble(sum -> sum.micros).sum();
        int calls = sums.values().stream().mapToInt(sum -> sum.calls).sum();
        System.out.printf(
                "%s, %d nodes: %.1f ms a pass, %.1f recorded, %d operators%n",
                precision, nodes, bare, all / 1e3, calls);
        sums.entrySet().stream()
                .sorted(Comparator.comparingDouble(entry -> -entry.getValue().micros))
                .limit(SHOWN)
                .forEach(entry -> System.out.printf(
                        "  %-44s %6.1f %% %6d calls %8.1f us a call%n",
                        entry.getKey(),
                        100 * entry.getValue().micros / all,
                        entry.getValue().calls,
                        entry.getValue().micros / entry.getValue().calls));
    }
}
