package dev.sluice.model.store;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Shows progress to people: size, rate and time left. On a terminal one line that rewrites itself, otherwise a plain line
 * every five seconds and one at the end.
 */
public final class ProgressPrinter implements TransferProgress {
    private static final long PLAIN_INTERVAL_NANOS = 5_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier nanos;
    private String label = "";
    private long printedAt;
    private int width;

    /**
     * A printer.
     *
     * @param out where to; not closed
     * @param terminal whether {@code out} is a terminal that understands carriage return
     * @param nanos a clock that never goes back, in nanoseconds
     */
    public ProgressPrinter(PrintStream out, boolean terminal, LongSupplier nanos) {
        this.out = out;
        this.terminal = terminal;
        this.nanos = nanos;
    }

    /**
     * A printer on standard error.
     *
     * @param terminal whether standard error is a terminal; Java cannot tell, the shell's {@code [ -t 2 ]} can
     */
    public static ProgressPrinter onStandardError(boolean terminal) {
        return new ProgressPrinter(System.err, terminal, System::nanoTime);
    }

    @Override
    public synchronized void report(Step step) {
        boolean first = !step.label().equals(label);
        if (first) {
            label = step.label();
            width = 0;
        }
        String line = line(step);
        if (terminal) {
            out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
            width = line.length();
            if (step.finished()) {
                out.println();
            }
            out.flush();
        } else if (first || step.finished() || nanos.getAsLong() - printedAt >= PLAIN_INTERVAL_NANOS) {
            printedAt = nanos.getAsLong();
            out.println(line);
        }
        if (step.finished()) {
            label = "";
        }
    }

    private static String line(Step step) {
        StringBuilder line = new StringBuilder(step.label()).append(": ").append(size(step.done()));
        if (step.total() >= 0) {
            line.append(" of ").append(size(step.total()));
            if (step.total() > 0) {
                line.append(String.format(Locale.ROOT, " (%d %%)", 100 * step.done() / step.total()));
            }
        }
        if (step.finished()) {
            return line.append(", done").toString();
        }
        if (step.rate() > 0) {
            line.append(", ").append(size(Math.round(step.rate()))).append("/s");
            if (step.total() > step.done()) {
                line.append(", ")
                        .append(duration((step.total() - step.done()) / step.rate()))
                        .append(" left");
            }
        }
        return line.toString();
    }

    private static String size(long bytes) {
        if (bytes < 1_000_000) {
            return bytes < 1000 ? bytes + " B" : bytes / 1000 + " kB";
        }
        return bytes < 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    private static String duration(double seconds) {
        long whole = (long) Math.ceil(Math.min(seconds, 360_000));
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole / 60 % 60 + " min";
    }
}
