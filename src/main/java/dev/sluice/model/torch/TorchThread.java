package dev.sluice.model.torch;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of the process that calls native operators.
 *
 * <p>libgomp keeps a team of workers for every thread that ever ran a parallel region, and lets workers spin far less as
 * soon as all teams together outnumber the processors. On two cores a pass at one node took 23 ms from a second thread
 * and 9 ms from the only one; a hand-over costs some 50 µs.
 */
final class TorchThread {
    private static final Logger log = LoggerFactory.getLogger(TorchThread.class);
    private static final ExecutorService EXECUTOR = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "sluice-torch");
        thread.setDaemon(true);
        return thread;
    });
    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    private TorchThread() {}

    /** Runs work on the native thread and waits for it, interrupts notwithstanding; at once if this is that thread. */
    static <T> T call(Supplier<T> work) {
        if (INSIDE.get()) {
            return work.get();
        }
        Future<T> result = EXECUTOR.submit(() -> {
            INSIDE.set(true);
            return work.get();
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw rethrown(Objects.requireNonNull(e.getCause()));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs work that returns nothing. */
    static void run(Runnable work) {
        call(() -> {
            work.run();
            return true;
        });
    }

    /** Runs work on the native thread some time before whatever is called there next; the caller does not wait. */
    static void later(Runnable work) {
        EXECUTOR.execute(() -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                // The thread must not end: a second one would cost libgomp its workers.
                log.error("work on the native thread failed", e);
            }
        });
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
    }
}
