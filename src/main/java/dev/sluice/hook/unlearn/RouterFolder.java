package dev.sluice.hook.unlearn;

import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.hook.classifier.ClassifierException.Code;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.unlearn.ForgetIndex.Vectors;
import dev.sluice.model.FeedForward;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.safetensors.MatrixFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A classifier folder of kind {@code router}: besides the network, {@code phrases.json} holds the phrases of each answer of
 * the forget set and the words of them, and {@code index.st} the vectors of questions, answers and words as safetensors.
 * Questions and answers themselves are not in it, but the phrases give them away: keep the folder as the forget set is kept.
 *
 * @param manifest what it is; its thresholds are {@value #ROUTER}, {@value #SIMILARITY} and {@value #ALONE}
 * @param router the router
 * @param index what is to be forgotten
 */
public record RouterFolder(ClassifierManifest manifest, Router router, ForgetIndex index) {
    /** Threshold: a prompt is flagged where the router's probability is greater. */
    public static final String ROUTER = "router";

    /** Threshold: a prompt is flagged, besides, where its similarity is at least this. */
    public static final String SIMILARITY = "similarity";

    /** Threshold: the same where there is no router. */
    public static final String ALONE = "similarity-alone";

    private static final String PHRASES = "phrases.json";
    private static final String INDEX = "index.st";

    /**
     * Loads a folder.
     *
     * @throws ClassifierException if anything in it is missing, of another kind, or not what its manifest says
     */
    public static RouterFolder load(Path folder) {
        Classifier classifier = Classifier.load(folder);
        ClassifierManifest manifest = classifier.manifest();
        manifest.require(Kind.ROUTER);
        for (String threshold : List.of(ROUTER, SIMILARITY, ALONE)) {
            if (!manifest.thresholds().containsKey(threshold)) {
                throw bad(manifest, "thresholds lack \"" + threshold + "\"");
            }
        }
        try {
            Router router = new Router(
                    manifest.fingerprint(),
                    manifest.precision(),
                    classifier.network(),
                    manifest.layer(),
                    threshold(manifest, ROUTER));
            return new RouterFolder(manifest, router, index(classifier.folder(), manifest));
        } catch (IOException | JacksonException | IllegalArgumentException | ModelFileException e) {
            throw new ClassifierException(
                    Code.MANIFEST,
                    "classifier " + manifest.name() + " cannot be used as a router: " + e.getMessage()
                            + "; train it anew",
                    e);
        }
    }

    /**
     * Writes a folder.
     *
     * @param manifest its files are filled in
     * @param index with its vectors
     */
    public static void save(
            Path folder, ClassifierManifest manifest, FeedForward network, ForgetIndex index, String card) {
        Vectors vectors = index.vectors();
        Map<String, byte[]> others = new LinkedHashMap<>();
        others.put(PHRASES, phrases(index, vectors).getBytes(StandardCharsets.UTF_8));
        others.put(INDEX, MatrixFile.bytes(matrices(vectors)));
        Classifier.save(folder, manifest, network, others, card);
    }

    /** The similarity that flags a prompt beside the router. */
    public double similarity() {
        return threshold(manifest, SIMILARITY);
    }

    /** The similarity that flags a prompt without the router. */
    public double similarityAlone() {
        return threshold(manifest, ALONE);
    }

    /** Hashes of the files that are read. */
    public List<String> hashes() {
        return List.copyOf(manifest.files().values());
    }

    private static double threshold(ClassifierManifest manifest, String name) {
        return manifest.thresholds().getOrDefault(name, 1.0);
    }

    private static Map<String, float[][]> matrices(Vectors vectors) {
        Map<String, float[][]> matrices = new LinkedHashMap<>();
        matrices.put("questions", vectors.questions().toArray(new float[0][]));
        matrices.put("answers", vectors.answers().toArray(new float[0][]));
        if (!vectors.words().isEmpty()) {
            matrices.put("words", vectors.words().values().toArray(new float[0][]));
        }
        return matrices;
    }

    private static String phrases(ForgetIndex index, Vectors vectors) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("encoder", vectors.encoder());
        ArrayNode words = root.putArray("words");
        vectors.words().keySet().forEach(words::add);
        ArrayNode entries = root.putArray("entries");
        for (int i = 0; i < index.size(); i++) {
            ArrayNode entry = entries.addArray();
            for (Phrase phrase : index.phrases(i)) {
                entry.addObject()
                        .put("kind", phrase.kind().name().toLowerCase(Locale.ROOT))
                        .put("text", phrase.text());
            }
        }
        return root.toPrettyString();
    }

    private static ForgetIndex index(Path folder, ClassifierManifest manifest) throws IOException {
        for (String file : List.of(PHRASES, INDEX)) {
            if (!manifest.files().containsKey(file)) {
                throw bad(manifest, "files lack " + file);
            }
        }
        JsonNode root = JsonMapper.shared().readTree(Files.readAllBytes(folder.resolve(PHRASES)));
        List<List<Phrase>> phrases = new ArrayList<>();
        for (JsonNode entry : root.path("entries")) {
            List<Phrase> of = new ArrayList<>();
            for (JsonNode phrase : entry) {
                Phrase.Kind kind =
                        Phrase.Kind.valueOf(phrase.path("kind").asString().toUpperCase(Locale.ROOT));
                of.add(new Phrase(kind, phrase.path("text").asString()));
            }
            phrases.add(List.copyOf(of));
        }
        Map<String, float[][]> matrices = MatrixFile.read(folder.resolve(INDEX));
        float[][] vectors = matrices.getOrDefault("words", new float[0][]);
        JsonNode names = root.path("words");
        if (names.size() != vectors.length) {
            throw bad(manifest, PHRASES + " names " + names.size() + " words, " + INDEX + " has " + vectors.length);
        }
        Map<String, float[]> words = new LinkedHashMap<>();
        for (int i = 0; i < vectors.length; i++) {
            words.put(names.get(i).asString(), vectors[i]);
        }
        return ForgetIndex.stored(
                phrases,
                new Vectors(
                        root.path("encoder").asString(),
                        Arrays.asList(matrices.getOrDefault("questions", new float[0][])),
                        Arrays.asList(matrices.getOrDefault("answers", new float[0][])),
                        words));
    }

    private static ClassifierException bad(ClassifierManifest manifest, String problem) {
        return new ClassifierException(
                Code.MANIFEST, "classifier " + manifest.name() + ": the manifest's " + problem + "; train it anew");
    }
}
