package dev.sluice.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import dev.sluice.testkit.Series;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTests {
    @TempDir
    Path folder;

    @Test
    void a_whole_file_reads_back() throws IOException {
        try (GgufFile file = open(sample())) {
            GgufMetadata metadata = file.metadata();
            assertThat(metadata.string("general.architecture")).isEqualTo("llama");
            assertThat(metadata.integer("llama.block_count", 1, 100)).isEqualTo(30);
            assertThat(metadata.number("llama.rms")).isEqualTo(1e-5f);
            assertThat(metadata.number("llama.block_count")).isEqualTo(30);
            assertThat(metadata.contains("tokenizer.add_bos")).isTrue();
            assertThat(metadata.strings("tokenizer.tokens")).containsExactly("a", "é");
            assertThat(metadata.integers("tokenizer.types")).containsExactly(1, 3);
            assertThat(metadata.contains("tokenizer.scores")).isTrue();
            assertThat(metadata.integer("absent", 7)).isEqualTo(7);
            assertThat(file.tensors().keySet()).containsExactly("first", "second");
            TensorInfo second = file.tensor("second");
            assertThat(second.dimensions()).isEqualTo(List.of(32L, 2L));
            assertThat(second.type()).isEqualTo(TensorType.Q8_0);
            assertThat(second.byteLength()).isEqualTo(68);
            assertThat(second.weights()).isEqualTo(64);
            assertThat(file.data(file.tensor("first")).getFloat()).isEqualTo(2.5f);
            assertThat(file.data(second).get(0)).isEqualTo((byte) 42);
            assertThat(file.data(second).remaining()).isEqualTo(68);
        }
    }

    @Test
    void bytes_outlive_the_file() throws IOException {
        GgufFile file = open(sample());
        var bytes = file.data(file.tensor("first"));
        file.close();
        file.close();
        assertThat(bytes.getFloat(0)).isEqualTo(2.5f);
    }

    @Test
    void an_empty_or_foreign_file_is_refused() {
        refused(new byte[0], Code.NOT_GGUF);
        refused("PK  something else".getBytes(StandardCharsets.US_ASCII), Code.NOT_GGUF);
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> GgufFile.open(folder.resolve("absent.gguf")))
                .matches(e -> e.code() == Code.UNREADABLE)
                .withMessageContaining("absent.gguf");
    }

    @Test
    void other_versions_are_refused() {
        refused(GgufBytes.header(1, 0, 0).bytes(), Code.UNSUPPORTED_VERSION);
        refused(GgufBytes.header(0x03000000, 0, 0).bytes(), Code.UNSUPPORTED_VERSION);
    }

    @Test
    void every_prefix_of_a_file_is_refused() {
        byte[] whole = sample();
        for (int length = 0; length < whole.length; length++) {
            refused(Arrays.copyOf(whole, length), length < 4 ? Code.NOT_GGUF : Code.TRUNCATED);
        }
    }

    @Test
    void absurd_counts_and_lengths_are_refused() {
        refused(GgufBytes.header(3, Long.MAX_VALUE, 0).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, -1, 0).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, 0, 60_000).bytes(), Code.TRUNCATED);
        refused(GgufBytes.header(3, 0, 1).int64(Long.MAX_VALUE).align(64).bytes(), Code.TRUNCATED);
        refused(GgufBytes.header(3, 0, 1).array("x", 4, 1L << 40).align(64).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, 0, 1).array("x", 8, 1 << 20).align(64).bytes(), Code.TRUNCATED);
        refused(GgufBytes.header(3, 0, 1).entry("x", 10).int64(-1).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, 0, 1).entry("x", 77).int64(0).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, 0, 1).array("x", 77, 0).int64(0).bytes(), Code.MALFORMED);
        refused(GgufBytes.header(3, 0, 1).entry("x", 7).int8(2).bytes(), Code.MALFORMED);
    }

    @Test
    void deep_nesting_is_refused() {
        GgufBytes bytes = GgufBytes.header(3, 0, 1).entry("x", 9);
        for (int i = 0; i < 100_000; i++) {
            bytes.int32(9).int64(1);
        }
        refused(bytes.bytes(), Code.MALFORMED);
    }

    @Test
    void text_that_is_not_utf8_is_refused() {
        refused(GgufBytes.header(3, 0, 1).int64(1).int8(0xff).align(64).bytes(), Code.MALFORMED);
    }

    @Test
    void what_is_there_twice_is_refused() {
        refused(
                GgufBytes.header(3, 0, 2)
                        .entry("x", 0)
                        .int8(1)
                        .entry("x", 0)
                        .int8(1)
                        .bytes(),
                Code.MALFORMED);
        refused(
                GgufBytes.header(3, 2, 0)
                        .tensor("t", TensorType.F32, 0, 1)
                        .tensor("t", TensorType.F32, 0, 1)
                        .align(32)
                        .int32(0)
                        .bytes(),
                Code.MALFORMED);
    }

    @Test
    void tensors_that_cannot_be_are_refused() {
        refusedTensor(Code.MALFORMED, TensorType.F32, 0, 1L << 32, 1L << 32);
        refusedTensor(Code.MALFORMED, TensorType.F32, 0, 1L << 31, 1L << 31, 1L << 31, 1L << 31);
        refusedTensor(Code.MALFORMED, TensorType.F32, 0, 0);
        refusedTensor(Code.MALFORMED, TensorType.F32, 0, -1);
        refusedTensor(Code.MALFORMED, TensorType.F32, 0);
        refusedTensor(Code.MALFORMED, TensorType.F32, 0, 1, 1, 1, 1, 1);
        refusedTensor(Code.MALFORMED, TensorType.Q4_1, 0, 33);
        refusedTensor(Code.MALFORMED, TensorType.F32, 4, 1);
        refusedTensor(Code.MALFORMED, TensorType.F32, -32, 1);
        refusedTensor(Code.TRUNCATED, TensorType.F32, 0, 1 << 20);
        refusedTensor(Code.TRUNCATED, TensorType.F32, Long.MAX_VALUE / 32 * 32, 1);
        refused(
                GgufBytes.header(3, 1, 0)
                        .string("t")
                        .int32(1)
                        .int64(1)
                        .int32(99)
                        .int64(0)
                        .bytes(),
                Code.UNSUPPORTED_TYPE);
    }

    @Test
    void tensors_that_share_bytes_are_refused() {
        for (long offset : new long[] {0, 32}) {
            refused(
                    GgufBytes.header(3, 2, 0)
                            .tensor("second", TensorType.F32, offset, 16)
                            .tensor("first", TensorType.F32, 0, 16)
                            .align(32)
                            .bytes(128),
                    Code.MALFORMED);
        }
    }

    @Test
    void an_odd_alignment_is_refused() {
        refused(GgufBytes.header(3, 0, 1).entry("general.alignment", 4).int32(0).bytes(), Code.MALFORMED);
        refused(
                GgufBytes.header(3, 0, 1)
                        .entry("general.alignment", 4)
                        .int32(24)
                        .bytes(),
                Code.MALFORMED);
        refused(
                GgufBytes.header(3, 0, 1)
                        .entry("general.alignment", 8)
                        .string("8")
                        .bytes(),
                Code.METADATA);
    }

    @Test
    void a_missing_or_mistyped_entry_is_named() throws IOException {
        try (GgufFile file = open(sample())) {
            GgufMetadata metadata = file.metadata();
            for (Runnable wrong : List.<Runnable>of(
                    () -> metadata.string("absent"),
                    () -> metadata.string("llama.block_count"),
                    () -> metadata.integer("llama.block_count", 1, 29),
                    () -> metadata.strings("tokenizer.types"),
                    () -> metadata.number("general.architecture"))) {
                assertThatExceptionOfType(ModelFileException.class)
                        .isThrownBy(wrong::run)
                        .matches(e -> e.code() == Code.METADATA);
            }
            assertThatExceptionOfType(ModelFileException.class)
                    .isThrownBy(() -> file.tensor("third"))
                    .withMessageContaining("third")
                    .matches(e -> e.code() == Code.TENSOR);
        }
    }

    @Test
    void mutated_files_are_read_or_refused_and_never_worse() {
        for (int seed : Series.of("gguf-mutations", 2_000, 200_000)) {
            byte[] bytes = mutated(sample(), new Random(seed));
            try {
                GgufHeader.Contents contents = GgufHeader.read(folder, ByteBuffer.wrap(bytes), bytes.length);
                for (TensorInfo tensor : contents.tensors().values()) {
                    assertThat(tensor.offset() + tensor.byteLength()).isBetween(0L, (long) bytes.length);
                }
            } catch (ModelFileException e) {
                assertThat(e).hasMessageContaining(folder.toString());
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                fail("seed " + seed, e);
            }
        }
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        int[] words = {0, 1, -1, 0x7f, 0x80, 9, 8, 32, 1 << 20};
        for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> {
                    int word = words[random.nextInt(words.length)];
                    for (int i = 0; i < 8 && at + i < bytes.length; i++) {
                        bytes[at + i] = (byte) (i < 4 ? word >> (8 * i) : word < 0 ? -1 : 0);
                    }
                }
                default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
            }
        }
        return bytes;
    }

    private static byte[] sample() {
        return GgufBytes.header(3, 2, 8)
                .entry("general.architecture", 8)
                .string("llama")
                .entry("llama.block_count", 4)
                .int32(30)
                .entry("llama.rms", 6)
                .float32(1e-5f)
                .entry("tokenizer.add_bos", 7)
                .int8(0)
                .array("tokenizer.tokens", 8, 2)
                .string("a")
                .string("é")
                .array("tokenizer.types", 5, 2)
                .int32(1)
                .int32(3)
                .array("tokenizer.scores", 6, 1)
                .float32(0.5f)
                .array("nested", 9, 1)
                .int32(1)
                .int64(1)
                .int8(5)
                .tensor("first", TensorType.F32, 0, 3)
                .tensor("second", TensorType.Q8_0, 32, 32, 2)
                .align(32)
                .float32(2.5f)
                .align(32)
                .int8(42)
                .align(32)
                .align(64)
                .int64(0)
                .int64(0)
                .int64(0)
                .int64(0)
                .int32(0)
                .bytes();
    }

    private void refusedTensor(Code code, TensorType type, long offset, long... dimensions) {
        refused(
                GgufBytes.header(3, 1, 0)
                        .tensor("t", type, offset, dimensions)
                        .align(32)
                        .int64(0)
                        .align(32)
                        .bytes(),
                code);
    }

    private void refused(byte[] bytes, Code code) {
        assertThatExceptionOfType(ModelFileException.class)
                .isThrownBy(() -> open(bytes).close())
                .withMessageContaining("sample.gguf")
                .matches(e -> e.code() == code, "code " + code);
    }

    private GgufFile open(byte[] bytes) throws IOException {
        Path path = folder.resolve("sample.gguf");
        Files.write(path, bytes);
        return GgufFile.open(path);
    }
}
