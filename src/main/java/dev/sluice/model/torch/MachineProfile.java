package dev.sluice.model.torch;

/**
 * How native threads are used on this machine.
 *
 * @param threads threads of one operator
 * @param spinCount rounds that an idle worker thread spins before it sleeps
 */
public record MachineProfile(int threads, int spinCount) {
    /** Long enough to bridge the gap between two operators, short enough to leave the core to others. */
    static final int DEFAULT_SPIN_COUNT = 3000;
    /** More threads than this were not found to give the same bits in every operator. */
    static final int MOST_THREADS = 4;
}
