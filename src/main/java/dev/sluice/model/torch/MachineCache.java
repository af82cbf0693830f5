package dev.sluice.model.torch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was measured once on this machine, as small JSON files under {@code <home>/machine}, each with the key it holds for.
 *
 * <p>A file that cannot be read or written is as good as absent: it is measured again.
 */
final class MachineCache {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Path folder;

    MachineCache(Path home) {
        folder = home.resolve("machine");
    }

    /** A value and what it depends on. */
    private record Entry(String key, String value) {}

    /** What was kept under a name, if for the same key. */
    Optional<String> read(String name, String key) {
        Path file = file(name, key);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Entry entry = JSON.readValue(Files.readAllBytes(file), Entry.class);
            return entry != null && key.equals(entry.key()) ? Optional.ofNullable(entry.value()) : Optional.empty();
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** Keeps a value under a name and key. */
    void write(String name, String key, String value) {
        try {
            Files.createDirectories(folder);
            Path partial = Files.createTempFile(folder, name, ".partial");
            Files.write(partial, JSON.writeValueAsBytes(new Entry(key, value)));
            Files.move(partial, file(name, key), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // Measured again next time; a read-only home is not an error.
            return;
        }
    }

    private Path file(String name, String key) {
        return folder.resolve(
                name + "-" + digest(key.getBytes(StandardCharsets.UTF_8)).substring(0, 16) + ".json");
    }

    /** The SHA-256 digest of some bytes, in hexadecimal. */
    static String digest(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** A new SHA-256 digest. */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
