package dev.sluice.server.bench;

import dev.sluice.engine.TurnTimes;
import dev.sluice.server.bench.Figures.Answer;
import dev.sluice.server.bench.Figures.Axis;
import dev.sluice.server.bench.Figures.PassTime;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tables for people.
 *
 * @param figures what was found
 * @param out where they go
 */
record BenchText(Figures figures, PrintWriter out) {
    private static final String LABEL = "%-26s";

    /** Prints all tables, one after the other. */
    void print() {
        line("%s", figures.machine());
        line(
                "%s, %s on %s, identity: %s; drafting %s",
                figures.model().name(),
                figures.model().precision(),
                figures.model().device(),
                figures.model().identity(),
                figures.drafting());
        if (figures.peer() != null) {
            line("peer: %s, on the same file, with as many threads, plain and greedy", figures.peer());
        }
        line("medians of %d rounds, everything in turns; the guard has %d rules", figures.rounds(), figures.rules());
        passes(Axis.NODES, "nodes, 64 tokens cached");
        passes(Axis.SESSIONS, "sessions of 300 tokens");
        passes(Axis.CONTEXT, "tokens cached, one node");
        if (!figures.leftOut().isEmpty()) {
            line("");
            line(
                    "left out, there is no room for them (--sluice.model.kv-memory=SIZE): %s",
                    String.join(", ", figures.leftOut()));
        }
        modes();
        categories();
        loop();
        streams();
    }

    private void passes(Axis axis, String title) {
        List<PassTime> series =
                figures.passes().stream().filter(pass -> pass.axis() == axis).toList();
        if (series.isEmpty()) {
            return;
        }
        line("");
        row(title, "%8.0f", series, PassTime::size);
        row("  ms a pass", "%8.1f", series, PassTime::millis);
        double one = series.get(0).millis();
        row("  times the first", "%8.2f", series, pass -> pass.millis() / one);
        if (series.stream().allMatch(pass -> pass.peerMillis() != null)) {
            row("  ms of the peer", "%8.1f", series, BenchText::peer);
            row("  times the peer", "%8.2f", series, pass -> pass.millis() / peer(pass));
        }
    }

    private static double peer(PassTime pass) {
        Double millis = pass.peerMillis();
        return millis == null ? Double.NaN : millis;
    }

    private <T> void row(String label, String format, List<T> cells, ToDoubleFunction<T> value) {
        text(LABEL, label);
        cells.forEach(cell -> text(format, value.applyAsDouble(cell)));
        line("");
    }

    private void modes() {
        line("");
        line(
                LABEL + "%9s %7s %9s %7s %9s %14s",
                "mode",
                "tokens/s",
                "ratio",
                "accepted",
                "a pass",
                "loop's",
                "first token");
        for (Mode mode : figures.modes()) {
            List<Answer> all = figures.of(mode, null);
            text(LABEL + "%9.1f %7.2f", mode.text(), figures.speed(mode, null), figures.ratio(mode, null));
            if (mode == Mode.PEER) {
                text(" %9s %7s %9s", "", "", "");
            } else {
                text(
                        " %8.0f%% %7.2f %8.1f%%",
                        100 * Figures.acceptance(all),
                        Figures.perPass(all),
                        100 * figures.turns(mode).overheadShare());
            }
            line(" %11.0f ms", figures.firstMillis(mode));
        }
        line(
                "same tokens with and without speculation: plain %s, guarded %s",
                of(figures.agreement(Mode.PLAIN, Mode.SPECULATIVE)), of(figures.agreement(Mode.GUARDED, Mode.BOTH)));
        text("prefill of %d tokens: %.0f ms", Figures.PREFILL, figures.prefillMillis(Mode.PLAIN));
        if (figures.peer() != null) {
            text(
                    ", peer %.0f ms, ratio %.2f",
                    figures.prefillMillis(Mode.PEER),
                    figures.prefillMillis(Mode.PLAIN) / figures.prefillMillis(Mode.PEER));
        }
        line("");
    }

    private static String of(int[] agreement) {
        return agreement[0] + " of " + agreement[1];
    }

    private void categories() {
        line("");
        text(LABEL, "tokens/s by category");
        figures.modes().forEach(mode -> text("%24s", mode.text()));
        line("");
        figures.categories().forEach(category -> category(category, category));
        category("all", null);
    }

    private void category(String name, @Nullable String category) {
        text(LABEL, "  " + name);
        for (Mode mode : figures.modes()) {
            text("%16.1f %6.2fx", figures.speed(mode, category), figures.ratio(mode, category));
        }
        line("");
    }

    private void loop() {
        line("");
        line(
                LABEL + "%9s %9s %9s %9s %9s %9s %9s",
                "microseconds a pass",
                "forward",
                "rank",
                "draft",
                "walk",
                "release",
                "free",
                "schedule");
        for (Mode mode : figures.modes()) {
            if (mode != Mode.PEER) {
                TurnTimes turns = figures.turns(mode);
                double unit = 1e3 * turns.passes();
                line(
                        LABEL + "%9.0f %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f",
                        "  " + mode.text(),
                        turns.forward() / unit,
                        turns.rank() / unit,
                        turns.draft() / unit,
                        turns.walk() / unit,
                        turns.release() / unit,
                        turns.free() / unit,
                        turns.schedule() / unit);
            }
        }
        line("the guard's %d rules: %.1f%% of a pass", figures.rules(), 100 * figures.guardShare());
    }

    private void streams() {
        line("");
        List<Integer> counts = figures.streams().stream()
                .map(Figures.Streams::count)
                .distinct()
                .toList();
        row("streams, not speculative", "%8.0f", counts, count -> count);
        row("  tokens/s", "%8.1f", counts, count -> figures.together(Mode.PLAIN, count));
        double one = figures.together(Mode.PLAIN, counts.get(0));
        row("  times the first", "%8.2f", counts, count -> figures.together(Mode.PLAIN, count) / one);
        if (figures.peer() != null) {
            row("  tokens/s of the peer", "%8.1f", counts, count -> figures.together(Mode.PEER, count));
            row(
                    "  times the peer",
                    "%8.2f",
                    counts,
                    count -> figures.together(Mode.PLAIN, count) / figures.together(Mode.PEER, count));
        }
    }

    private void text(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
        out.println();
    }
}
