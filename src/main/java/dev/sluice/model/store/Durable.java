package dev.sluice.model.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that appear whole or not at all, and stay after a power cut. */
final class Durable {
    private Durable() {}

    /** Forces a finished file to disk and gives it its name, replacing what had it. */
    static void moveInto(Path finished, Path name) throws IOException {
        force(finished, StandardOpenOption.WRITE);
        Files.move(finished, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (name.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            force(directory(name), StandardOpenOption.READ);
        }
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
