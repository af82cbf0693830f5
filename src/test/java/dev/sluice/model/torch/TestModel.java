package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The real model for tests, loaded once a precision, and the golden values; tests are skipped where they are not there. */
final class TestModel {
    private static final Path HOME = Path.of(System.getProperty("user.home"), ".cache", "sluice");
    private static final Map<Precision, TorchModel> LOADED = new EnumMap<>(Precision.class);

    private TestModel() {}

    /** The model in a precision; shared by all tests of the process, with all sessions closed between tests. */
    static synchronized TorchModel in(Precision precision) {
        Path file = file();
        return LOADED.computeIfAbsent(precision, p -> TorchModel.load(file, options(p), (phase, done, total) -> {}));
    }

    static TorchOptions options(Precision precision) {
        return new TorchOptions("test", precision, "cpu", 200L << 20, 2048, null, null, HOME, new BitSet());
    }

    /** The path of the model file: named by {@code sluice.test.model}, or as the store keeps it. */
    static Path file() {
        Optional<Path> file = Optional.ofNullable(System.getProperty("sluice.test.model"))
                .or(() -> Optional.ofNullable(System.getenv("SLUICE_TEST_MODEL")))
                .map(Path::of)
                .or(TestModel::stored);
        assumeTrue(
                file.filter(Files::isRegularFile).isPresent(),
                "skipped: no model file; set sluice.test.model or let the store fetch the default model");
        return file.orElseThrow();
    }

    /** The records of a golden file. */
    static List<JsonNode> golden(String name) {
        Path file = Path.of("..", "shared", "golden", name);
        assumeTrue(Files.isRegularFile(file), "skipped: the golden values are not beside this checkout");
        JsonMapper json = JsonMapper.builder().build();
        try {
            return Files.readAllLines(file).stream().map(json::readTree).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The array of integers under a field. */
    static int[] ints(JsonNode record, String field) {
        return record.get(field).values().stream().mapToInt(JsonNode::asInt).toArray();
    }

    /** Runs tokens behind a session's committed ones, a chunk at a time, commits them, and gives all rows. */
    static float[][] feed(TorchModel model, ModelSession session, int[] tokens, int chunk) {
        float[][] rows = new float[tokens.length][];
        for (int from = 0; from < tokens.length; from += chunk) {
            int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
            assertThat(session.reserve(part.length)).isTrue();
            try (Pass pass = model.forward(List.of(Segment.chain(session, part, 0)))) {
                for (int i = 0; i < part.length; i++) {
                    rows[from + i] = pass.logits(i);
                }
            }
            session.commit(IntStream.range(0, part.length).toArray());
        }
        return rows;
    }

    /** Whether the suites run at full count. */
    static boolean thorough() {
        return "thorough".equals(System.getProperty("sluice.tests.scale"));
    }

    private static Optional<Path> stored() {
        if (!Files.isDirectory(HOME)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.walk(HOME)) {
            return files.filter(path -> path.toString().endsWith(".gguf")).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
