package dev.sluice.model.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What lies at a path: a file, or a folder with the files below it.
 *
 * @param path where it is
 */
record Content(Path path) {
    /** Whether there is a file or a folder. */
    boolean exists() {
        return Files.isRegularFile(path) || isFolder();
    }

    /** Whether it is a folder. */
    boolean isFolder() {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Bytes of all files. */
    long size() throws IOException {
        long size = 0;
        for (Path file : files()) {
            size += Files.size(file);
        }
        return size;
    }

    /** A file's time of modification in milliseconds; of a folder a number made of all names, sizes and such times. */
    long modified() throws IOException {
        if (!isFolder()) {
            return Files.getLastModifiedTime(path).toMillis();
        }
        MessageDigest digest = Hashes.newSha256();
        for (Path file : files()) {
            String line = name(file)
                    + '\n'
                    + Files.size(file)
                    + '\n'
                    + Files.getLastModifiedTime(file).toMillis()
                    + '\n';
            digest.update(line.getBytes(UTF_8));
        }
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    /** The hash of a file; of a folder that of a line {@code HASH NAME} for each file. Reads everything. */
    String sha256() throws IOException {
        if (!isFolder()) {
            return Hashes.sha256(path);
        }
        MessageDigest digest = Hashes.newSha256();
        for (Path file : files()) {
            digest.update((Hashes.sha256(file) + ' ' + name(file) + '\n').getBytes(UTF_8));
        }
        return Hashes.hex(digest);
    }

    /** Removes it, if it is there, with everything in it. */
    void delete() throws IOException {
        if (!isFolder()) {
            Files.deleteIfExists(path);
            return;
        }
        for (Path each : walk(Comparator.reverseOrder())) {
            Files.delete(each);
        }
    }

    /** Its files in the order of their paths; itself if it is one. */
    private List<Path> files() throws IOException {
        return walk(Comparator.naturalOrder()).stream()
                .filter(each -> !Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    /** Everything that is here, itself too. */
    List<Path> walk(Comparator<Path> order) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            return all.sorted(order).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private String name(Path file) {
        return path.relativize(file).toString().replace('\\', '/');
    }
}
