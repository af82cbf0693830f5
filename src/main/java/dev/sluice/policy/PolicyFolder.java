package dev.sluice.policy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Reads the policy files of one folder, bounded in number and size. */
final class PolicyFolder {
    /** Most policy files in a folder. */
    static final int MAX_FILES = 1000;

    /** Largest policy file, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    private PolicyFolder() {}

    /**
     * The texts of the policy files, by name.
     *
     * <p>Symbolic links to files are followed, as a mounted ConfigMap consists of them. What begins with a dot, ends
     * with {@code .cases.yaml}, or lies in a sub-folder is no policy file.
     */
    static List<SourceFile> read(Path folder, Findings findings) {
        List<SourceFile> sources = new ArrayList<>();
        for (Path file : list(folder, findings)) {
            try {
                sources.add(decode(file.toString(), bytes(file), findings));
            } catch (IOException e) {
                findings.add(Problem.ofFile(
                        file.toString(),
                        "policy.unreadable",
                        "cannot be read (%s); make it a readable file or remove it"
                                .formatted(e.getClass().getSimpleName())));
            }
        }
        return sources;
    }

    private static List<Path> list(Path folder, Findings findings) {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(PolicyFolder::isPolicyFile)
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (NotDirectoryException e) {
            findings.add(Problem.ofFile(folder.toString(), "policy.no-folder", "is not a folder; name one"));
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            findings.add(Problem.ofFile(
                    folder.toString(),
                    "policy.no-folder",
                    "is no folder that can be read; create it, or set sluice.policies.location"));
            return List.of();
        }
        if (files.size() > MAX_FILES) {
            findings.add(Problem.ofFile(
                    folder.toString(),
                    "policy.too-large",
                    "may hold %d policy files, holds %d; put several documents in a file"
                            .formatted(MAX_FILES, files.size())));
            return List.of();
        }
        return files;
    }

    private static boolean isPolicyFile(Path path) {
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return !name.startsWith(".")
                && (name.endsWith(".yaml") || name.endsWith(".yml"))
                && !name.endsWith(".cases.yaml")
                && !name.endsWith(".cases.yml")
                && !Files.isDirectory(path);
    }

    private static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file.toString());
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(MAX_BYTES + 1);
        }
    }

    private static SourceFile decode(String name, byte[] bytes, Findings findings) {
        if (bytes.length > MAX_BYTES) {
            findings.add(Problem.ofFile(
                    name,
                    "policy.too-large",
                    "may have %d bytes, has more; split it into several files".formatted(MAX_BYTES)));
            return new SourceFile(name, "");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer decoded = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), decoded, true);
        if (result.isError()) {
            SourceFile lenient = new SourceFile(name, new String(bytes, StandardCharsets.UTF_8));
            findings.error(
                    lenient.at(decoded.position()),
                    "policy.syntax",
                    "the file is not UTF-8 from here on; save it as UTF-8");
            return new SourceFile(name, "");
        }
        String text = decoded.flip().toString();
        return new SourceFile(name, text.startsWith("\uFEFF") ? text.substring(1) : text);
    }
}
