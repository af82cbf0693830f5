package dev.sluice.model.store;

/** Hears how a long transfer goes. Called on the thread that transfers, at most some ten times a second. */
@FunctionalInterface
public interface TransferProgress {
    /** Hears nothing. */
    TransferProgress SILENT = step -> {};

    /** One report. */
    void report(Step step);

    /**
     * Where a transfer stands.
     *
     * @param label what is transferred, for people
     * @param done bytes so far, those of earlier attempts included
     * @param total bytes in all, or -1 if unknown
     * @param rate bytes a second of late, 0 while unknown
     * @param finished whether this is the last report of the transfer
     */
    record Step(String label, long done, long total, double rate, boolean finished) {}
}
