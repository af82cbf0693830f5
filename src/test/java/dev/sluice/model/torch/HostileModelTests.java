package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.testkit.Series;
import dev.sluice.token.LoadedTokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged model files: each loads or is refused with a {@link ModelFileException}, within memory that its size explains.
 *
 * <p>500 files a run; 20,000 at full count.
 */
class HostileModelTests {
    private static final long SEED = 20;
    /** Heap that opening may take beside a multiple of the files' bytes. */
    private static final long ROOM = 64 << 20;

    private static final int WHOLE_LOADS = 4;

    private static final List<TinyModel> BASES = List.of(
            TinyModel.of("llama", false, "llama3", 0, 1, TensorType.F16),
            TinyModel.of("gemma3_text", true, "linear", 20, 1, TensorType.BF16),
            TinyModel.of("qwen2", true, "yarn", 0, 1, TensorType.F32));

    private static final List<byte[]> GGUF =
            BASES.stream().map(TinyFiles::ggufBytes).toList();

    private static final List<String> FOLDER_FILES = List.of(
            "config.json",
            "model.safetensors.index.json",
            "model-0.safetensors",
            "model-1.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
            "generation_config.json");

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Whether classes and native libraries are loaded, whose memory does not count. */
    private static final AtomicBoolean warm = new AtomicBoolean();

    @TempDir
    Path folder;

    @Test
    void damaged_files_load_or_are_refused() throws IOException {
        Series files = Series.of("hostile-models", 500, 20_000);
        Map<String, Integer> outcomes = new TreeMap<>();
        int wholeLoads = 0;
        for (int i : files) {
            long seed = SEED * 1_000_003 + i;
            Path damaged = damaged(new Random(seed));
            String outcome = outcome(damaged, seed);
            outcomes.merge(outcome, 1, Integer::sum);
            if (outcome.equals("loads") && wholeLoads < WHOLE_LOADS) {
                wholeLoads++;
                loadWhole(damaged, seed);
            }
        }
        System.out.printf("%d damaged files: %s%n", files.ran(), outcomes);
        if (files.isTelling()) {
            assertThat(outcomes.keySet()).hasSizeGreaterThan(5);
            assertThat(outcomes.getOrDefault("loads", 0)).isBetween(1, files.ran() / 2);
        }
    }

    @Test
    void the_undamaged_files_load() throws IOException {
        for (TinyModel model : BASES) {
            assertThat(outcome(TinyFiles.folder(model, folder, 2), 0)).isEqualTo("loads");
            assertThat(outcome(TinyFiles.gguf(model, folder), 0)).isEqualTo("loads");
        }
    }

    /** A GGUF file or a folder with one file damaged once to three times. */
    private Path damaged(Random random) throws IOException {
        int base = random.nextInt(BASES.size());
        Damage damage = new Damage(random);
        if (random.nextInt(3) == 0) {
            byte[] whole = GGUF.get(base);
            return Files.write(folder.resolve("damaged.gguf"), damage.bytes(whole, TinyFiles.ggufHeaderBytes(whole)));
        }
        Path damaged = TinyFiles.folder(BASES.get(base), folder.resolve("damaged"), 2);
        Path file = damaged.resolve(FOLDER_FILES.get(random.nextInt(FOLDER_FILES.size())));
        byte[] whole = Files.readAllBytes(file);
        boolean tensors = file.toString().endsWith(".safetensors");
        if (random.nextInt(10) == 0) {
            Files.delete(file);
        } else if (tensors) {
            int header = TinyFiles.safetensorsHeaderBytes(whole);
            Files.write(
                    file, random.nextBoolean() ? damage.bytes(whole, header) : damage.safetensorsHeader(whole, header));
        } else {
            String text = new String(whole, UTF_8);
            Files.write(
                    file,
                    random.nextInt(3) == 0
                            ? damage.bytes(whole, whole.length)
                            : damage.json(text).getBytes(UTF_8));
        }
        return damaged;
    }

    /** What becomes of the files: {@code loads}, or the code of the refusal. */
    private String outcome(Path path, long seed) throws IOException {
        long bytes = 0;
        try (var all = Files.walk(path)) {
            for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
                bytes += Files.size(file);
            }
        }
        if (warm.compareAndSet(false, true)) {
            open(TinyFiles.gguf(BASES.get(0), Files.createDirectories(folder.resolve("warm"))));
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        String outcome;
        try {
            open(path);
            outcome = "loads";
        } catch (ModelFileException e) {
            assertThat(e.getMessage()).contains(String.valueOf(path.getFileName()));
            outcome = e.code().toString();
        } catch (RuntimeException | Error e) {
            return fail("seed " + seed + " gave no ModelFileException", e);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("heap taken for %d bytes, seed %d", bytes, seed)
                .isLessThan(ROOM + 64 * bytes);
        return outcome;
    }

    /** All that loading does before the engine is asked, and the tokenizer with some text. */
    private static void open(Path path) {
        ModelFormat format = ModelFormat.of(path);
        try (WeightSource source = format.weights(path)) {
            WeightCheck.verify(source);
            for (TensorInfo tensor : source.tensors().values()) {
                RowReader rows = new RowReader(tensor, source.data(tensor), 0);
                FloatBuffer row = FloatBuffer.allocate(rows.columns());
                for (int i = 0; i < rows.rows(); i++) {
                    rows.read(i, row.clear());
                }
            }
        }
        try (LoadedTokenizer tokenizer = format.tokenizer(path)) {
            assertThat(tokenizer.tokenizer().vocabulary().size()).isPositive();
            tokenizer.tokenizer().encode("some text <|im_end|> é", true);
        }
    }

    /** Damage that shows in numbers alone: the model is loaded, runs a pass, and is closed. */
    private static void loadWhole(Path path, long seed) {
        Map<Precision, RuntimeException> failures = new EnumMap<>(Precision.class);
        for (Precision precision : List.of(Precision.FLOAT32, Precision.INT4)) {
            try (TorchModel model = FamilyTests.load(path, precision)) {
                assertThat(model.freePositions()).isPositive();
            } catch (ModelFileException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException e) {
                failures.put(precision, e);
            }
        }
        assertThat(new ArrayList<>(failures.entrySet())).as("seed %d", seed).isEmpty();
    }
}
