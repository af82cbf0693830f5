package dev.sluice.model.store;

import dev.sluice.model.store.TransferProgress.Step;
import java.util.function.LongSupplier;

/** Turns byte counts into reports: ten a second, with a rate that leans on the last few seconds. One transfer, one thread. */
public final class TransferMeter {
    private static final long INTERVAL_NANOS = 100_000_000L;
    private static final double MEMORY_SECONDS = 3;

    private final TransferProgress listener;
    private final String label;
    private final long total;
    private final LongSupplier nanos;
    private long done;
    private long reportedDone;
    private long reportedAt;
    private double rate;

    /**
     * Starts measuring.
     *
     * @param done bytes that are there already
     * @param total bytes in all, or -1 if unknown
     * @param nanos a clock that never goes back, in nanoseconds
     */
    public TransferMeter(TransferProgress listener, String label, long done, long total, LongSupplier nanos) {
        this.listener = listener;
        this.label = label;
        this.done = done;
        this.total = total;
        this.nanos = nanos;
        this.reportedDone = done;
        this.reportedAt = nanos.getAsLong();
    }

    /** Counts bytes, and reports if the last report is old enough. */
    public void add(long bytes) {
        done += bytes;
        long now = nanos.getAsLong();
        if (now - reportedAt >= INTERVAL_NANOS) {
            double seconds = (now - reportedAt) / 1e9;
            double latest = (done - reportedDone) / seconds;
            double weight = rate == 0 ? 1 : 1 - Math.exp(-seconds / MEMORY_SECONDS);
            rate += weight * (latest - rate);
            reportedDone = done;
            reportedAt = now;
            listener.report(new Step(label, done, total, rate, false));
        }
    }

    /** Makes the last report. */
    public void finish() {
        listener.report(new Step(label, done, total, rate, true));
    }
}
