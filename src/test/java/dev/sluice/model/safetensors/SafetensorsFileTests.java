package dev.sluice.model.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the offsets of a safetensors file may say. */
class SafetensorsFileTests {
    @TempDir
    private Path folder;

    @Test
    void tensors_that_fill_the_data_are_read_in_any_order_of_the_header() throws IOException {
        try (SafetensorsFile file =
                SafetensorsFile.open(write(tensor("later", 4, 12) + "," + tensor("first", 0, 4), 12))) {
            assertThat(file.tensors()).containsOnlyKeys("later", "first");
        }
    }

    @Test
    void tensors_that_share_bytes_are_refused() throws IOException {
        refused(tensor("a", 0, 8) + "," + tensor("b", 4, 12), 12, "tensor b must begin at 8");
        refused(tensor("a", 0, 12) + "," + tensor("b", 0, 12), 12, "must begin at 12");
    }

    @Test
    void bytes_of_no_tensor_are_refused() throws IOException {
        refused(tensor("a", 0, 4) + "," + tensor("b", 8, 12), 12, "tensor b must begin at 4");
        refused(tensor("a", 4, 12), 12, "tensor a must begin at 0");
        refused(tensor("a", 0, 8), 12, "must fill its 12 bytes of data, but end at 8");
    }

    @Test
    void a_header_beyond_16_mib_is_refused_before_it_is_parsed() throws IOException {
        byte[] whole = ByteBuffer.allocate((17 << 20) + Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(17 << 20)
                .array();
        Path file = Files.write(folder.resolve("large.safetensors"), whole);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> SafetensorsFile.open(file))
                .withMessageContaining("its header must have 2 to 16777216 bytes");
    }

    private void refused(String header, int bytes, String message) throws IOException {
        Path file = write(header, bytes);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> SafetensorsFile.open(file))
                .withMessageContaining(message)
                .matches(e -> e.code() == Code.MALFORMED);
    }

    private static String tensor(String name, int begin, int end) {
        return "\"%s\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}"
                .formatted(name, (end - begin) / 4, begin, end);
    }

    private Path write(String header, int bytes) throws IOException {
        byte[] text = ("{" + header + "}").getBytes(UTF_8);
        byte[] whole = ByteBuffer.allocate(Long.BYTES + text.length + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
        return Files.write(folder.resolve("some.safetensors"), whole);
    }
}
