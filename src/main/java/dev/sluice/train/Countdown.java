package dev.sluice.train;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Says from time to time how far a long stretch has come, and how long it will take. One thread. */
final class Countdown {
    private static final long EVERY = 10_000_000_000L;

    private final String what;
    private final int all;
    private final LongSupplier clock;
    private final Consumer<String> lines;
    private final long began;
    private long said;
    private int done;

    /**
     * Begins now.
     *
     * @param what what is done, for people
     * @param all how often
     * @param clock nanoseconds since any origin
     */
    Countdown(String what, int all, LongSupplier clock, Consumer<String> lines) {
        this.what = what;
        this.all = all;
        this.clock = clock;
        this.lines = lines;
        began = clock.getAsLong();
        said = began;
    }

    /** One more is done. */
    void done() {
        done++;
        long now = clock.getAsLong();
        if (now - said >= EVERY || done == all) {
            said = now;
            long left = (long) ((double) (now - began) / done * (all - done) / 1e9);
            lines.accept("%s: %d of %d, %d s left".formatted(what, done, all, left));
        }
    }
}
