package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.ModelFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The SHA-256 digest of the files of a model and its adapters, in order, each kept by path, size and time of change so that it is computed once. */
final class Fingerprint {
    private Fingerprint() {}

    /** The digest of one file, or of the digests of several, in hexadecimal; reads whole files where it is not kept. */
    static String of(List<Path> files, MachineCache cache, LoadProgress progress) {
        List<String> digests =
                files.stream().map(file -> of(file, cache, progress)).toList();
        return digests.size() == 1
                ? digests.get(0)
                : MachineCache.digest(String.join("\n", digests).getBytes(UTF_8));
    }

    private static String of(Path file, MachineCache cache, LoadProgress progress) {
        try {
            long size = Files.size(file);
            String key = file.toAbsolutePath() + " " + size + " " + Files.getLastModifiedTime(file);
            Optional<String> kept = cache.read("fingerprint", key);
            if (kept.isPresent()) {
                return kept.get();
            }
            String digest = digest(file, size, progress);
            cache.write("fingerprint", key, digest);
            return digest;
        } catch (IOException e) {
            throw new ModelFileException(
                    ModelFileException.Code.UNREADABLE, file, "it cannot be read; check that it exists", e);
        }
    }

    private static String digest(Path file, long size, LoadProgress progress) throws IOException {
        MessageDigest digest = MachineCache.sha256();
        byte[] chunk = new byte[1 << 20];
        long done = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
                done += read;
                progress.advanced("fingerprint", done, size);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
