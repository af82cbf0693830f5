package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureLogTests {
    @TempDir
    Path folder;

    @Test
    void what_was_read_is_not_read_again() {
        Path file = folder.resolve("log");
        try (FeatureLog log = FeatureLog.open(file, "key")) {
            log.get(1, () -> new float[][] {{1, 2}, {3, 4}});
            log.get(2, () -> new float[0][]);
            assertThat(log.get(1, FeatureLogTests::never)).isDeepEqualTo(new float[][] {{1, 2}, {3, 4}});
        }
        try (FeatureLog log = FeatureLog.open(file, "key")) {
            assertThat(log.get(1, FeatureLogTests::never)).isDeepEqualTo(new float[][] {{1, 2}, {3, 4}});
            assertThat(log.get(2, FeatureLogTests::never)).isEmpty();
        }
    }

    @Test
    void an_entry_that_a_stop_cut_off_is_dropped_and_read_anew_wherever_the_cut_is() throws IOException {
        Path file = folder.resolve("log");
        try (FeatureLog log = FeatureLog.open(file, "key")) {
            log.get(1, () -> new float[][] {{1, 2}});
        }
        int whole = Files.readAllBytes(file).length;
        try (FeatureLog log = FeatureLog.open(file, "key")) {
            log.get(2, () -> new float[][] {{5, 6}, {7, 8}});
        }
        byte[] bytes = Files.readAllBytes(file);
        for (int cut = whole; cut < bytes.length; cut++) {
            Files.write(file, Arrays.copyOf(bytes, cut));
            try (FeatureLog log = FeatureLog.open(file, "key")) {
                assertThat(log.get(1, FeatureLogTests::never)).isDeepEqualTo(new float[][] {{1, 2}});
                assertThat(log.get(2, () -> new float[][] {{9}})).isDeepEqualTo(new float[][] {{9}});
            }
            try (FeatureLog log = FeatureLog.open(file, "key")) {
                assertThat(log.get(2, FeatureLogTests::never)).isDeepEqualTo(new float[][] {{9}});
            }
        }
    }

    @Test
    void a_file_of_another_training_is_refused() {
        Path file = folder.resolve("log");
        FeatureLog.open(file, "one").close();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FeatureLog.open(file, "other"))
                .withMessageContaining("remove it to begin anew");
    }

    private static float[][] never() {
        throw new AssertionError("read again");
    }
}
