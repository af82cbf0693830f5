package dev.sluice.model.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the store knows of a file or folder it keeps; written beside it as {@code NAME.json}.
 *
 * @param source where it came from
 * @param downloadSha256 hash of what was downloaded: the file, or the wheel around it
 * @param sha256 {@linkplain Content#sha256 hash} of what is kept
 * @param size its bytes
 * @param modified when it was {@linkplain Content#modified modified}, as of the last check of the hash
 */
record CacheRecord(String source, String downloadSha256, String sha256, long size, long modified) {
    static CacheRecord of(Content content, ModelSource source, String downloadSha256, String sha256)
            throws IOException {
        return new CacheRecord(source.toString(), downloadSha256, sha256, content.size(), content.modified());
    }

    /** The record beside a file, or null if there is none that can be read. */
    static @Nullable CacheRecord beside(Path file) throws IOException {
        try {
            return JsonMapper.shared().readValue(Files.readAllBytes(path(file)), CacheRecord.class);
        } catch (NoSuchFileException | JacksonException e) {
            return null;
        }
    }

    /** Whether it has the recorded size and was not touched since its hash was checked. */
    boolean untouched(Content content) throws IOException {
        try {
            return content.exists() && content.size() == size && content.modified() == modified;
        } catch (NoSuchFileException e) {
            // Another process is replacing it.
            return false;
        }
    }

    /** Whether it has the recorded hash; reads all of it. */
    boolean sameHash(Content content) throws IOException {
        return content.exists() && content.size() == size && content.sha256().equals(sha256);
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
}
