package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock on one file of the store, against other threads and other processes.
 *
 * <p>The lock file stays behind: removing it would let two processes hold different files of the same name. A dead
 * process's lock goes with it.
 */
final class StoreLock {
    private static final ConcurrentMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

    private final Path file;

    StoreLock(Path file) {
        this.file = file.toAbsolutePath().normalize();
    }

    /** What is done under a lock. */
    @FunctionalInterface
    interface Work<T> {
        /** Does it. */
        T run() throws IOException;
    }

    /** Waits for the lock, does the work, and lets go. */
    <T> T holding(Work<T> work) throws IOException {
        ReentrantLock threads = IN_PROCESS.computeIfAbsent(file, path -> new ReentrantLock());
        try {
            threads.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock lock = lock(channel);
            T result = work.run();
            lock.release();
            return result;
        } finally {
            threads.unlock();
        }
    }

    private FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.lock();
        } catch (ClosedByInterruptException | FileLockInterruptionException e) {
            throw interrupted(e);
        }
    }

    private ModelStoreException interrupted(Exception cause) {
        return new ModelStoreException(Code.INTERRUPTED, "interrupted while waiting for " + file, cause);
    }
}
