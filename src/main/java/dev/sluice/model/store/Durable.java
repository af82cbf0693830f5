package dev.sluice.model.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;

/** Files and folders that appear whole or not at all, and stay after a power cut. */
final class Durable {
    private Durable() {}

    /**
     * Forces a finished file, or folder of files, to disk and gives it its name. A file replaces what had the name; for a
     * folder it must be free.
     */
    static void moveInto(Path finished, Path name) throws IOException {
        for (Path each : new Content(finished).walk(Comparator.reverseOrder())) {
            if (Files.isRegularFile(each)) {
                force(each, StandardOpenOption.WRITE);
            } else if (hasPosix(each)) {
                force(each, StandardOpenOption.READ);
            }
        }
        Files.move(finished, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (hasPosix(name)) {
            force(directory(name), StandardOpenOption.READ);
        }
    }

    private static boolean hasPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** The directory that a file is in. */
    static Path directory(Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("a file has a directory, and this is none: " + file);
        }
        return parent;
    }

    private static void force(Path path, StandardOpenOption mode) throws IOException {
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        }
    }
}
