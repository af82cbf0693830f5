package dev.sluice.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the store knows of a file it keeps; written beside it as {@code FILE.json}.
 *
 * @param source where it came from
 * @param downloadSha256 hash of what was downloaded: the file, or the wheel around it
 * @param sha256 hash of the file
 * @param size bytes of the file
 * @param modified its time of modification in milliseconds, when the hash was last checked
 */
record CacheRecord(String source, String downloadSha256, String sha256, long size, long modified) {
    static CacheRecord of(Path file, ModelSource source, String downloadSha256, String sha256) throws IOException {
        return new CacheRecord(source.toString(), downloadSha256, sha256, Files.size(file), modified(file));
    }

    /** The record beside a file, or null if there is none that can be read. */
    static @Nullable CacheRecord beside(Path file) throws IOException {
        try {
            return JsonMapper.shared().readValue(Files.readAllBytes(path(file)), CacheRecord.class);
        } catch (NoSuchFileException | JacksonException e) {
            return null;
        }
    }

    /** Whether a file has the recorded size and was not touched since its hash was checked. */
    boolean untouched(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) == size && modified(file) == modified;
    }

    /** Whether a file has the recorded hash; reads all of it. */
    boolean sameHash(Path file) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == size
                && Hashes.sha256(file).equals(sha256);
    }

    /** Writes the record beside a file, whole or not at all. */
    void write(Path file) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".json.tmp");
        Files.write(temporary, JsonMapper.shared().writeValueAsBytes(this));
        Durable.moveInto(temporary, path(file));
    }

    private static Path path(Path file) {
        return file.resolveSibling(file.getFileName() + ".json");
    }

    private static long modified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toMillis();
    }
}
