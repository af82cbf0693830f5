package dev.sluice.spring;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Loads the model on a thread of its own and owns what comes of it. Safe for use by any thread.
 *
 * <p>Closing while the model still loads interrupts the load; whatever it yields after that is freed at once.
 */
public final class SluiceRuntime implements AutoCloseable {
    private final CompletableFuture<Serving> serving = new CompletableFuture<>();
    private final Thread thread;

    /**
     * Begins to load.
     *
     * @param load yields the running engine; called once
     */
    public SluiceRuntime(Callable<Serving> load) {
        thread = new Thread(() -> run(load), "sluice-load");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Callable<Serving> load) {
        try {
            Serving loaded = load.call();
            if (!serving.complete(loaded)) {
                loaded.onClose().run();
            }
        } catch (Throwable e) {
            serving.completeExceptionally(e);
        }
    }

    /** What answers requests, once the model is loaded. */
    public Optional<Serving> current() {
        return serving.isDone() && !serving.isCompletedExceptionally() ? Optional.of(serving.join()) : Optional.empty();
    }

    /** Whether loading has failed or was ended by {@link #close}. */
    public boolean failed() {
        return serving.isCompletedExceptionally();
    }

    /** What answers requests, once it is there; fails with what made the load fail. */
    public CompletableFuture<Serving> ready() {
        return serving.copy();
    }

    /**
     * Waits until the model is loaded.
     *
     * @throws ModelUnavailableException if it could not be; the cause says why
     */
    public Serving await() {
        try {
            return serving.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ModelUnavailableException(cause);
        }
    }

    /** Ends all requests and frees the model. Idempotent. */
    @Override
    public void close() {
        if (serving.completeExceptionally(new IllegalStateException("closed while the model was loading"))) {
            thread.interrupt();
        } else {
            current().ifPresent(loaded -> loaded.onClose().run());
        }
    }
}
