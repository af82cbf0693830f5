package dev.sluice.hook.classifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.hook.classifier.ClassifierException.Code;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.FeedForward.Norm;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.safetensors.NetworkFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTests {
    private static final String MODEL = "a".repeat(64);
    private static final String OTHER = "b".repeat(64);

    @TempDir
    Path location;

    private Path folder = Path.of("");
    private final FeedForward network = network();

    @BeforeEach
    void save() {
        folder = location.resolve("toy");
        Classifier.save(folder, manifest(), network, Map.of("notes.json", bytes("[1]")), "# Toy\n");
    }

    @Test
    void a_saved_folder_loads_with_the_same_bits() throws IOException {
        Classifier loaded = Classifier.load(folder);
        for (int p = 0; p < network.parameters().size(); p++) {
            assertThat(loaded.network().parameters().get(p))
                    .isEqualTo(network.parameters().get(p));
        }
        assertThat(loaded.manifest())
                .isEqualTo(manifest()
                        .withFiles(Map.of(
                                "head.safetensors",
                                Classifier.sha256(NetworkFile.bytes(network)),
                                "notes.json",
                                Classifier.sha256(bytes("[1]")))));
        assertThat(folder.resolve("CARD.md")).hasContent("# Toy\n");
        assertThat(Classifier.names(location)).containsExactly("toy");
        assertThat(Files.readString(folder.resolve("manifest.json"))).contains("\"kind\" : \"head\"");
    }

    @Test
    void a_network_without_a_norm_and_in_half_precision_is_read() throws IOException {
        FeedForward plain =
                new FeedForward(null, List.of(new Linear(new float[] {1, -2, 0.5f, 3}, new float[] {4, 8})));
        Path file = location.resolve("plain.safetensors");
        Files.write(file, NetworkFile.bytes(plain));
        assertThat(NetworkFile.read(file).apply(new float[] {1, 1})).containsExactly(3, 11.5f);
        String header = "{\"layers.0.weight\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]},"
                + "\"layers.0.bias\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[4,6]}}";
        byte[] half = new byte[8 + header.length() + 6];
        half[0] = (byte) header.length();
        System.arraycopy(bytes(header), 0, half, 8, header.length());
        int data = 8 + header.length();
        half[data + 1] = 0x3c;
        half[data + 3] = 0x40;
        half[data + 4] = (byte) 0x80;
        half[data + 5] = 0x3f;
        Files.write(file, half);
        assertThat(NetworkFile.read(file).apply(new float[] {1, 1})).containsExactly(1 + 2 + 1);
    }

    @Test
    void another_model_is_refused_with_both_fingerprints_and_what_to_do() {
        ClassifierManifest manifest = Classifier.load(folder).manifest();
        assertThat(manifest.check(model(MODEL, "int4"))).isEmpty();
        assertThat(manifest.check(model(MODEL, "float32")))
                .hasValueSatisfying(warning -> assertThat(warning).contains("int4", "float32", "toy"));
        assertThatExceptionOfType(ClassifierException.class)
                .isThrownBy(() -> manifest.check(model(OTHER, "int4")))
                .withMessageContaining(MODEL)
                .withMessageContaining(OTHER)
                .withMessageContaining("train toy anew")
                .satisfies(e -> assertThat(e.code()).isEqualTo(Code.MISMATCH));
    }

    @Test
    void another_kind_is_refused() {
        assertThatExceptionOfType(ClassifierException.class)
                .isThrownBy(() -> Classifier.load(folder).manifest().require(Kind.ROUTER))
                .withMessageContaining("must be a router to be used here, but is a head");
    }

    @Test
    void a_folder_that_is_missing_says_where_it_was_looked_for() {
        assertThatExceptionOfType(ClassifierException.class)
                .isThrownBy(() -> Classifier.load(location.resolve("tony")))
                .withMessageContaining("tony")
                .withMessageContaining("sluice.classifiers.location")
                .satisfies(e -> assertThat(e.code()).isEqualTo(Code.MISSING));
        assertThat(Classifier.names(location.resolve("nowhere"))).isEmpty();
    }

    @Test
    void a_file_that_was_changed_or_is_missing_is_refused() throws IOException {
        Files.writeString(folder.resolve("notes.json"), "[2]");
        refused(Code.HASH).withMessageContaining("notes.json").withMessageContaining(Classifier.sha256(bytes("[2]")));
        Files.delete(folder.resolve("notes.json"));
        refused(Code.UNREADABLE).withMessageContaining("notes.json");
        Files.delete(folder.resolve("manifest.json"));
        refused(Code.UNREADABLE).withMessageContaining("manifest.json");
    }

    @Test
    void a_manifest_that_says_too_much_too_little_or_nonsense_is_refused() throws IOException {
        refuseManifest("\"seed\"", "\"sead\"", "unknown key \"sead\", did you mean \"seed\"?");
        refuseManifest("\"seed\"", "\"kind\"", "must be JSON");
        refuseManifest("\"seed\" : 7,", "", "seed must be an integer of 64 bits, but is missing");
        refuseManifest("\"seed\" : 7", "\"seed\" : 7.5", "but is 7.5");
        refuseManifest("\"head\"", "\"hat\"", "kind must be one of router, head, reward, but is \"hat\"");
        refuseManifest("final-norm", "norm", "normalisation must be one of final-norm, residual");
        refuseManifest(MODEL, "A".repeat(64), "fingerprint must be 1 to 128 lower-case hexadecimal digits");
        refuseManifest(": 0.5", ": \"half\"", "thresholds.accept must be a finite number");
        refuseManifest(": 0.5", ": 1e999", "thresholds.accept must be a finite number");
        refuseManifest("\"notes.json\"", "\"../notes.json\"", "must name files without their folders");
        refuseManifest("\"notes.json\"", "\"notes.txt\"", "needs the file");
        refuseManifest("\"layer\" : 2", "\"layer\" : 0", "layer must be an integer of at least 1");
        refuseManifest("3, 4, 2", "3, 4, -2", "sizes must be an integer of at least 1");
        refuseManifest("3, 4, 2", "3, 4, 5", "must have the sizes [3, 4, 5] of its manifest");
        refuseManifest("{", "[", "must be JSON");
        refuseManifest("\"kind\"", "\u0000", "must be JSON");
    }

    @Test
    void weights_that_are_no_finite_network_are_refused() throws IOException {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            FeedForward broken = network();
            broken.parameters().get(2)[5] = bad;
            Classifier.save(folder, manifest(), broken, Map.of(), "");
            refused(Code.WEIGHTS).withMessageContaining("layers.0.weight must hold finite numbers");
        }
        byte[] good = NetworkFile.bytes(network);
        Random random = new Random(3);
        for (int trial = 0; trial < 300; trial++) {
            byte[] damaged = good.clone();
            int at = random.nextInt(random.nextBoolean() ? 40 : 400);
            damaged[at] = (byte) random.nextInt(256);
            if (random.nextInt(4) == 0) {
                damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            Files.write(folder.resolve("head.safetensors"), damaged);
            ClassifierManifest manifest = manifest().withFiles(Map.of("head.safetensors", Classifier.sha256(damaged)));
            Files.writeString(folder.resolve("manifest.json"), ManifestJson.write(manifest));
            try {
                Classifier.load(folder);
            } catch (ClassifierException e) {
                assertThat(e.code()).as("trial %d", trial).isEqualTo(Code.WEIGHTS);
            }
        }
    }

    @Test
    void tensors_that_belong_to_no_network_are_refused() throws IOException {
        String text = new String(NetworkFile.bytes(network), StandardCharsets.ISO_8859_1);
        refuseWeights(text.replace("layers.1.bias", "layers.7.bias"), "tensor layers.1.bias is missing");
        refuseWeights(text.replace("norm.weight", "worm.weight"), "tensor worm.weight does not belong");
        refuseWeights(text.replace("[4,3]", "[3,4]"), "tensor layers.0.weight must have a row for each of 4 outputs");
        refuseWeights(text.replace("[4,3]", "[12] "), "must have 2 dimensions, but has 1");
    }

    private void refuseWeights(String text, String message) throws IOException {
        byte[] damaged = text.getBytes(StandardCharsets.ISO_8859_1);
        Files.write(folder.resolve("head.safetensors"), damaged);
        ClassifierManifest manifest = manifest().withFiles(Map.of("head.safetensors", Classifier.sha256(damaged)));
        Files.writeString(folder.resolve("manifest.json"), ManifestJson.write(manifest));
        refused(Code.WEIGHTS).withMessageContaining(message);
    }

    private void refuseManifest(String from, String to, String message) throws IOException {
        Path file = folder.resolve("manifest.json");
        String good = Files.readString(file);
        assertThat(good).contains(from);
        Files.writeString(file, good.replace(from, to));
        assertThatExceptionOfType(ClassifierException.class)
                .isThrownBy(() -> Classifier.load(folder))
                .withMessageContaining(message);
        Files.writeString(file, good);
    }

    private ThrowableAssertAlternative<ClassifierException> refused(Code code) {
        return assertThatExceptionOfType(ClassifierException.class)
                .isThrownBy(() -> Classifier.load(folder))
                .satisfies(e -> assertThat(e.code()).isEqualTo(code));
    }

    private static ModelDescription model(String fingerprint, String precision) {
        return new ModelDescription("m", 10, 100, precision, "cpu", ModelDescription.Identity.EXACT, fingerprint);
    }

    private static ClassifierManifest manifest() {
        return new ClassifierManifest(
                "toy",
                Kind.HEAD,
                1,
                MODEL,
                "int4",
                2,
                Normalisation.FINAL_NORM,
                List.of(3, 4, 2),
                Map.of("accept", 0.5),
                Map.of("pairs of words.jsonl", OTHER),
                7,
                Map.of());
    }

    private static FeedForward network() {
        Random random = new Random(1);
        return new FeedForward(
                new Norm(numbers(random, 3), numbers(random, 3)),
                List.of(
                        new Linear(numbers(random, 12), numbers(random, 4)),
                        new Linear(numbers(random, 8), numbers(random, 2))));
    }

    private static float[] numbers(Random random, int count) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = random.nextFloat();
        }
        return out;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
