package dev.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.model.CachedEncoder;
import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.ModelStoreException;
import dev.sluice.model.store.TransferProgress;
import dev.sluice.testkit.TinyEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class StoredEncoderTests {
    @TempDir
    private Path directory;

    private StoredEncoder encoder(String source) {
        SluiceProperties properties = bound(Map.of("sluice.encoder.source", source));
        ModelStore store = new ModelStore(directory, name -> null, TransferProgress.SILENT);
        return new StoredEncoder(store, properties, TransferProgress.SILENT);
    }

    private static SluiceProperties bound(Map<String, ?> settings) {
        return new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate("sluice", SluiceProperties.class);
    }

    @Test
    void it_is_loaded_once_when_it_is_asked_for() throws IOException {
        Path folder = directory.resolve("encoder");
        StoredEncoder encoder = encoder("file:" + folder);
        assertThatThrownBy(encoder::get)
                .isInstanceOf(ModelStoreException.class)
                .hasMessageContaining("there is no file");
        new TinyEncoder(1).write(Files.createDirectory(folder));

        CachedEncoder loaded = encoder.get();

        assertThat(encoder.get()).isSameAs(loaded);
        assertThat(loaded.encode("a")).hasSize(TinyEncoder.WIDTH).isEqualTo(loaded.encode("a"));
        assertThat(loaded.hits()).isEqualTo(1);
        encoder.close();
        assertThatThrownBy(() -> loaded.encode("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(encoder::get).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_source_that_is_none_is_told_under_its_own_name() {
        assertThatThrownBy(() -> encoder("some-encoder"))
                .isInstanceOf(ModelStoreException.class)
                .hasMessageStartingWith("sluice.encoder.source \"some-encoder\"");
    }

    @Test
    void a_hash_of_the_settings_goes_before_that_of_the_source() {
        String hash = "c".repeat(64);
        assertThat(ModelFiles.sourceOf("sluice.encoder.source", ModelSource.DEFAULT_ENCODER, hash)
                        .sha256())
                .isEqualTo(hash);
        assertThatThrownBy(() -> bound(Map.of("sluice.encoder.sha256", "12")))
                .rootCause()
                .hasMessageContaining("sluice.encoder.sha256 must be 64 hexadecimal digits");
    }
}
