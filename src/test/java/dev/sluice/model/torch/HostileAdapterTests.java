package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.safetensors.LoraFolder;
import dev.sluice.model.weights.AdaptedWeights;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.testkit.Series;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged adapters: each is merged or refused with a {@link ModelFileException} that names a file of it, within memory that
 * its size explains.
 *
 * <p>400 adapters a run; 20,000 at full count.
 */
class HostileAdapterTests {
    private static final long SEED = 21;
    /** Heap that an adapter may take beside a multiple of its bytes. */
    private static final long ROOM = 16 << 20;

    private static final TinyModel MODEL = TinyModel.all().get(0);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    @Test
    void damaged_adapters_are_merged_or_refused() throws IOException {
        TinyAdapter adapter =
                TinyAdapter.of(MODEL, List.of("q_proj", "down_proj"), List.of(0, 1), TensorType.F16, SEED);
        adapter.config().putObject("rank_pattern").put("q_proj", TinyAdapter.RANK);
        adapter.config().putObject("alpha_pattern").put("layers.1.mlp.down_proj", 2.5);
        Map<String, Integer> outcomes = new TreeMap<>();
        Series adapters = Series.of("hostile-adapters", 400, 20_000);
        try (WeightSource model = ModelFormat.GGUF.weights(TinyFiles.gguf(MODEL, folder))) {
            assertThat(outcome(adapter.write(folder.resolve("whole")), model, -1))
                    .isEqualTo("merged");
            for (int i : adapters) {
                long seed = SEED * 1_000_003 + i;
                Path damaged = adapter.write(folder.resolve("damaged"));
                damage(damaged, new Random(seed));
                outcomes.merge(outcome(damaged, model, seed), 1, Integer::sum);
            }
        }
        System.out.printf("%d damaged adapters: %s%n", adapters.ran(), outcomes);
        if (adapters.isTelling()) {
            assertThat(outcomes).hasSizeGreaterThan(5);
            assertThat(outcomes.getOrDefault("merged", 0)).isBetween(1, adapters.ran() / 2);
        }
    }

    private static void damage(Path adapter, Random random) throws IOException {
        Damage damage = new Damage(random);
        if (random.nextBoolean()) {
            Path file = adapter.resolve("adapter_config.json");
            String text = Files.readString(file);
            byte[] damaged = random.nextInt(4) == 0
                    ? damage.bytes(text.getBytes(UTF_8), text.length())
                    : damage.json(text).getBytes(UTF_8);
            Files.write(file, damaged);
            return;
        }
        Path file = adapter.resolve("adapter_model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        int header = TinyFiles.safetensorsHeaderBytes(whole);
        switch (random.nextInt(4)) {
            case 0 -> Files.write(file, damage.bytes(whole, header));
            case 1 -> {
                int place = header + random.nextInt((whole.length - header) / 2) * 2;
                whole[place + 1] = (byte) (random.nextBoolean() ? 0x7c : 0xfe);
                Files.write(file, whole);
            }
            default -> Files.write(file, damage.safetensorsHeader(whole, header));
        }
    }

    /** What becomes of an adapter: {@code merged}, or the code of the refusal. */
    private String outcome(Path adapter, WeightSource model, long seed) throws IOException {
        long bytes = Files.size(adapter.resolve("adapter_config.json"))
                + Files.size(adapter.resolve("adapter_model.safetensors"));
        long before = threads.getCurrentThreadAllocatedBytes();
        String outcome = "merged";
        try {
            WeightSource merged = new AdaptedWeights(model, List.of(LoraFolder.read(adapter, model)));
            for (TensorInfo tensor : merged.tensors().values()) {
                assertThat(merged.data(tensor).remaining()).isEqualTo((int) tensor.byteLength());
            }
        } catch (ModelFileException e) {
            assertThat(e.getMessage()).contains(adapter + "/adapter_");
            outcome = e.code().toString();
        } catch (RuntimeException | Error e) {
            return fail("seed " + seed + " gave no ModelFileException", e);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("heap taken for %d bytes, seed %d", bytes, seed)
                .isLessThan(ROOM + 64 * bytes);
        return outcome;
    }
}
