package dev.sluice.hook.unlearn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.model.FeedForward;
import dev.sluice.testkit.ToyEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouterFolderTests {
    @TempDir
    Path folder;

    private final ToyEncoder encoder = new ToyEncoder();

    private static ClassifierManifest manifest(Kind kind, FeedForward network, Map<String, Double> thresholds) {
        return new ClassifierManifest(
                "x",
                kind,
                1,
                "ab".repeat(32),
                "int4",
                2,
                Normalisation.RESIDUAL,
                Classifier.sizes(network),
                thresholds,
                Map.of(),
                1,
                Map.of());
    }

    private void save(Kind kind, Map<String, Double> thresholds) {
        FeedForward network = Forgotten.router().network();
        ForgetIndex index = Forgotten.index().withWords(encoder);
        RouterFolder.save(folder, manifest(kind, network, thresholds), network, index, "# x\n");
    }

    @Test
    void whatIsSavedIsLoaded_toTheBit() {
        save(Kind.ROUTER, Map.of("router", 0.6, "similarity", 0.9, "similarity-alone", 0.7));
        RouterFolder loaded = RouterFolder.load(folder);
        ForgetIndex expected = Forgotten.index();
        assertThat(loaded.router().threshold()).isEqualTo(0.6);
        assertThat(loaded.router().layer()).isEqualTo(2);
        assertThat(loaded.similarity()).isEqualTo(0.9);
        assertThat(loaded.similarityAlone()).isEqualTo(0.7);
        assertThat(loaded.index().size()).isEqualTo(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(loaded.index().phrases(i)).isEqualTo(expected.phrases(i));
            assertThat(loaded.index().vectors(encoder).answers().get(i))
                    .isEqualTo(encoder.encode(Forgotten.FORGET.get(i).answer()));
        }
        assertThat(loaded.index().vectors(encoder).words().get("zagorje")).isEqualTo(encoder.encode("zagorje"));
        assertThat(loaded.hashes()).hasSize(3);
    }

    @Test
    void whatIsNoRouterIsRefused() {
        save(Kind.HEAD, Map.of("router", 0.6, "similarity", 0.9, "similarity-alone", 0.7));
        assertThatThrownBy(() -> RouterFolder.load(folder))
                .isInstanceOf(ClassifierException.class)
                .hasMessageContaining("router");
    }

    @Test
    void aMissingThresholdIsNamed() {
        save(Kind.ROUTER, Map.of("router", 0.6, "similarity", 0.9));
        assertThatThrownBy(() -> RouterFolder.load(folder))
                .isInstanceOf(ClassifierException.class)
                .hasMessageContaining("similarity-alone");
    }

    @Test
    void phrasesThatWereEditedAreNoticed() throws IOException {
        save(Kind.ROUTER, Map.of("router", 0.6, "similarity", 0.9, "similarity-alone", 0.7));
        Path phrases = folder.resolve("phrases.json");
        Files.writeString(phrases, Files.readString(phrases).replace("Zagorje", "Zagreb"));
        assertThatThrownBy(() -> RouterFolder.load(folder))
                .isInstanceOf(ClassifierException.class)
                .extracting(e -> ((ClassifierException) e).code())
                .isEqualTo(ClassifierException.Code.HASH);
    }
}
