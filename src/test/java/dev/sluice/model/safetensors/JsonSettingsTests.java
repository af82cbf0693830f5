package dev.sluice.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a file is read, and of which files. */
class JsonSettingsTests {
    @TempDir
    private Path folder;

    @Test
    void a_file_that_is_parsed_has_at_most_4_mib() throws IOException {
        int most = 4 << 20;
        Path file = Files.writeString(folder.resolve("config.json"), "{}" + " ".repeat(most - 2));
        assertThat(JsonSettings.read(file).has("any")).isFalse();
        Files.writeString(file, "{}" + " ".repeat(most - 1));
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> JsonSettings.read(file))
                .withMessageContaining("at most " + most + " bytes")
                .matches(e -> e.code() == Code.MALFORMED);
        assertThat(JsonSettings.read(file, 8 << 20).has("any")).isFalse();
        assertThat(JsonSettings.bytes(file)).hasSize(most + 1);
    }

    @Test
    void a_device_is_not_read() {
        Path device = Path.of("/dev/null");
        assumeTrue(Files.exists(device), "there is no /dev/null here");
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> JsonSettings.bytes(device))
                .withMessageContaining("regular file")
                .matches(e -> e.code() == Code.UNREADABLE);
    }

    @Test
    void a_file_that_is_not_there_says_so() {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> JsonSettings.read(folder.resolve("config.json")))
                .withMessageContaining("NoSuchFileException")
                .matches(e -> e.code() == Code.UNREADABLE);
    }
}
