package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What failing disks look like to people. */
final class DiskProblem {
    private DiskProblem() {}

    /** The error for a failed read or write while something was done to a file. */
    static ModelStoreException of(IOException cause, String label) {
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        if (reason.toLowerCase(Locale.ROOT).contains("no space") || reason.contains("quota")) {
            return new ModelStoreException(
                    Code.NO_SPACE,
                    "no room left for " + label + " (" + reason + "): free some, or set sluice.home to another disk",
                    cause);
        }
        return new ModelStoreException(
                Code.IO,
                label + " could not be read or written (" + cause.getClass().getSimpleName() + ": " + reason
                        + "): check the path and its permissions, or set sluice.home to another directory",
                cause);
    }

    /**
     * Checks that the file system of a file has room for more bytes before they are written.
     *
     * @throws ModelStoreException {@link Code#NO_SPACE}
     */
    static void requireRoom(Path file, long bytes, String label) throws IOException {
        Path directory = Durable.directory(file);
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (usable < bytes) {
            throw new ModelStoreException(
                    Code.NO_SPACE,
                    label + " needs " + bytes + " bytes under " + directory + ", where " + usable
                            + " are free: free some, or set sluice.home to another disk");
        }
    }
}
