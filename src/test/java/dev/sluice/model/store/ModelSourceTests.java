package dev.sluice.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.store.ModelSource.HubFile;
import dev.sluice.model.store.ModelSource.LocalFile;
import dev.sluice.model.store.ModelSource.PythonPackage;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSourceTests {
    @Test
    void a_package_source_has_name_version_and_member() {
        assertThat(ModelSource.parse("pypi:a-b==1.0!x/y.gguf"))
                .isEqualTo(new PythonPackage("a-b", "1.0", "x/y.gguf", null));
        assertThat(ModelSource.parse(ModelSource.DEFAULT))
                .isInstanceOf(PythonPackage.class)
                .extracting(ModelSource::sha256)
                .isNotNull();
    }

    @Test
    void a_hub_source_may_leave_out_revision_and_file() {
        assertThat(ModelSource.parse("hf:o/r")).isEqualTo(new HubFile("o", "r", "main", null, null));
        assertThat(ModelSource.parse("hf:o/r@refs/pr/1")).isEqualTo(new HubFile("o", "r", "refs/pr/1", null, null));
        assertThat(ModelSource.parse("hf:o/r:d/f.gguf")).isEqualTo(new HubFile("o", "r", "main", "d/f.gguf", null));
        assertThat(ModelSource.parse("hf:o/r@v1:f.gguf#sha256=" + "A".repeat(64)))
                .isEqualTo(new HubFile("o", "r", "v1", "f.gguf", "a".repeat(64)));
    }

    @Test
    void a_file_source_is_a_path() {
        assertThat(ModelSource.parse("file:/m/x.gguf")).isEqualTo(new LocalFile(Path.of("/m/x.gguf"), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "model.gguf",
                "http://host/x",
                "pypi:name",
                "pypi:name==1",
                "pypi:name==!m",
                "pypi:../x==1!m",
                "pypi:n==1/..!m",
                "pypi:n==1!",
                "pypi:n==1!../m",
                "pypi:n==1!/m",
                "pypi:n==1!a//m",
                "pypi:n==1!a\\m",
                "pypi:n==1!m#sha256=12",
                "hf:only",
                "hf:a/b/c",
                "hf:../b",
                "hf:a/b@..:f",
                "hf:a/b@:f",
                "hf:a/b:",
                "hf:a/b:../f",
                "file:",
                "file:\0"
            })
    void anything_else_is_refused_with_an_example(String text) {
        assertThatThrownBy(() -> ModelSource.parse(text))
                .isInstanceOf(ModelStoreException.class)
                .hasMessageContaining("hf:OWNER/REPO");
    }
}
