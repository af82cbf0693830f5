package dev.sluice.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskProblemTests {
    @TempDir
    Path folder;

    @Test
    void a_full_disk_is_told_from_other_trouble() {
        assertThat(DiskProblem.of(new IOException("No space left on device"), "m.gguf"))
                .hasMessageContaining("m.gguf")
                .hasMessageContaining("sluice.home")
                .extracting(ModelStoreException::code)
                .isEqualTo(Code.NO_SPACE);
        assertThat(DiskProblem.of(new FileSystemException("m.gguf", null, "Permission denied"), "m.gguf")
                        .code())
                .isEqualTo(Code.IO);
    }

    @Test
    void room_is_checked_before_it_is_needed() throws IOException {
        Path file = folder.resolve("m.part");
        DiskProblem.requireRoom(file, 1, "m.gguf");
        ModelStoreException full = catchThrowableOfType(
                ModelStoreException.class, () -> DiskProblem.requireRoom(file, Long.MAX_VALUE, "m.gguf"));
        assertThat(full.code()).isEqualTo(Code.NO_SPACE);
        assertThat(full).hasMessageContaining("m.gguf").hasMessageContaining(folder.toString());
    }

    @Test
    void a_home_that_is_no_directory_is_an_error_of_the_store() throws IOException {
        Path home = Files.writeString(folder.resolve("home"), "a file");
        ModelStore store = new ModelStore(home, Map.<String, String>of()::get, TransferProgress.SILENT);
        ModelStoreException wrong = catchThrowableOfType(
                ModelStoreException.class, () -> store.fetch(ModelSource.parse(ModelSource.DEFAULT)));
        assertThat(wrong.code()).isEqualTo(Code.IO);
    }
}
