package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/**
 * How often, and after which pauses, a broken connection is tried again.
 *
 * @param retries attempts after the first
 * @param firstPause pause before the second attempt; doubles with each
 */
record Retry(int retries, Duration firstPause) {
    /** One attempt at something over the network. */
    @FunctionalInterface
    interface Attempt<T> {
        /**
         * Does it, or a part of it that the next attempt need not repeat.
         *
         * @throws IOException if another attempt may help
         */
        T run() throws IOException;
    }

    /** A status that another attempt may change. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        BusyException(int status) {
            super("HTTP status " + status);
        }
    }

    /** Runs attempts until one succeeds. */
    <T> T run(String label, URI address, Attempt<T> attempt) {
        for (int failed = 0; ; failed++) {
            try {
                return attempt.run();
            } catch (java.nio.file.FileSystemException e) {
                throw DiskProblem.of(e, label);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new ModelStoreException(Code.INTERRUPTED, "interrupted while fetching " + label, e);
                }
                if (failed == retries) {
                    throw exhausted(label, address, e);
                }
                pause(label, firstPause.multipliedBy(1L << failed));
            }
        }
    }

    private ModelStoreException exhausted(String label, URI address, IOException last) {
        boolean silent = last instanceof HttpTimeoutException;
        String reason = last.getMessage() == null ? last.getClass().getSimpleName() : last.getMessage();
        return new ModelStoreException(
                silent ? Code.TIMEOUT : Code.UNREACHABLE,
                label + " could not be fetched from " + address.getScheme() + "://" + address.getAuthority() + " in "
                        + (retries + 1) + " attempts (" + reason + "): check the connection and, if one is needed, the"
                        + " proxy (-Dhttps.proxyHost, -Dhttps.proxyPort), then start again; what has arrived is kept",
                last);
    }

    private static void pause(String label, Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelStoreException(Code.INTERRUPTED, "interrupted while fetching " + label, e);
        }
    }
}
