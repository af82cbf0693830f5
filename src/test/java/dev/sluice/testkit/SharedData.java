package dev.sluice.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Data beside the checkout, in {@code ../shared}: used where it is there, and never part of the project. */
public final class SharedData {
    private static final Path ROOT = Path.of("..", "shared");

    private SharedData() {}

    /** A folder; the test is skipped, saying so, if it is not there. */
    public static Path folder(String name) {
        Path folder = ROOT.resolve(name);
        Assumptions.assumeTrue(Files.isDirectory(folder), () -> "skipped: there is no " + folder);
        return folder;
    }

    /** The records of a JSON-lines file; the test is skipped, saying so, if the file is not there. */
    public static List<JsonNode> records(String name) {
        Path file = ROOT.resolve(name);
        Assumptions.assumeTrue(Files.isRegularFile(file), () -> "skipped: there is no " + file);
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank())
                    .map(line -> JsonMapper.shared().readTree(line))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
