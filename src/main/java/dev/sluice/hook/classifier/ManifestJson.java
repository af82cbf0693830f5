package dev.sluice.hook.classifier;

import dev.sluice.hook.classifier.ClassifierException.Code;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.token.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A manifest as JSON: every key is required, none other allowed. */
final class ManifestJson {
    private static final List<String> KEYS = List.of(
            "kind",
            "version",
            "fingerprint",
            "precision",
            "layer",
            "normalisation",
            "sizes",
            "thresholds",
            "data",
            "seed",
            "files");
    private static final int MAX_SIZE = 1 << 20;
    private static final int MAX_ENTRIES = 64;
    private static final String HEX = "[0-9a-f]{64}";
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final JsonNode root;

    private ManifestJson(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /** Reads a manifest; throws {@link ClassifierException}. */
    static ClassifierManifest read(String name, Path file, byte[] document) {
        JsonNode root;
        try {
            root = MAPPER.readTree(document);
        } catch (JacksonException e) {
            throw new ClassifierException(
                    Code.MANIFEST,
                    file + " must be JSON, but line " + e.getLocation().getLineNr() + " is not ("
                            + e.getClass().getSimpleName() + "); train it anew",
                    e);
        }
        ManifestJson json = new ManifestJson(file, root);
        if (!root.isObject()) {
            throw json.bad("the manifest", "an object", root);
        }
        for (String key : root.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw new ClassifierException(
                        Code.MANIFEST,
                        file + ": unknown key \"" + shortened(key) + "\"" + hint(key) + " (known: "
                                + String.join(", ", KEYS) + ")");
            }
        }
        return new ClassifierManifest(
                name,
                json.oneOf("kind", Kind.values()),
                json.integer("version", root.path("version"), 1),
                json.matching(
                        "fingerprint",
                        root.path("fingerprint"),
                        "[0-9a-f]{1,128}",
                        "1 to 128 lower-case hexadecimal digits"),
                json.matching("precision", root.path("precision"), "[a-z0-9]{1,20}", "a precision such as int4"),
                json.integer("layer", root.path("layer"), 1),
                json.oneOf("normalisation", Normalisation.values()),
                json.sizes(),
                json.thresholds(),
                json.hashes("data", "[^/\\\\\\p{Cntrl}]{1,200}"),
                json.longInteger("seed"),
                json.hashes("files", "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"));
    }

    private static String hint(String key) {
        return key.length() > 100 ? "" : Nearest.hint(key, KEYS);
    }

    /** Writes a manifest, with a line a key. */
    static String write(ClassifierManifest manifest) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("kind", manifest.kind().toString());
        root.put("version", manifest.version());
        root.put("fingerprint", manifest.fingerprint());
        root.put("precision", manifest.precision());
        root.put("layer", manifest.layer());
        root.put("normalisation", manifest.normalisation().toString());
        manifest.sizes().forEach(root.putArray("sizes")::add);
        manifest.thresholds().forEach(root.putObject("thresholds")::put);
        manifest.data().forEach(root.putObject("data")::put);
        root.put("seed", manifest.seed());
        manifest.files().forEach(root.putObject("files")::put);
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    }

    private <E extends Enum<E>> E oneOf(String key, E[] values) {
        String given = root.path(key).isString() ? root.path(key).stringValue() : "";
        return Arrays.stream(values)
                .filter(value -> value.toString().equals(given))
                .findFirst()
                .orElseThrow(() -> bad(
                        key,
                        "one of "
                                + String.join(
                                        ", ",
                                        Arrays.stream(values)
                                                .map(Object::toString)
                                                .toList()),
                        root.path(key)));
    }

    private int integer(String key, JsonNode value, int least) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
            throw bad(key, "an integer of at least " + least, value);
        }
        return value.intValue();
    }

    private long longInteger(String key) {
        if (!root.path(key).isIntegralNumber() || !root.path(key).canConvertToLong()) {
            throw bad(key, "an integer of 64 bits", root.path(key));
        }
        return root.path(key).longValue();
    }

    private String matching(String key, JsonNode value, String pattern, String wanted) {
        if (!value.isString() || !value.stringValue().matches(pattern)) {
            throw bad(key, wanted, value);
        }
        return value.stringValue();
    }

    private List<Integer> sizes() {
        JsonNode value = root.path("sizes");
        if (!value.isArray() || value.size() < 2 || value.size() > MAX_ENTRIES) {
            throw bad("sizes", "an array of 2 to " + MAX_ENTRIES + " integers", value);
        }
        List<Integer> sizes = new ArrayList<>();
        for (JsonNode size : value) {
            if (integer("sizes", size, 1) > MAX_SIZE) {
                throw bad("sizes", "integers of at most " + MAX_SIZE, size);
            }
            sizes.add(size.intValue());
        }
        return sizes;
    }

    private Map<String, Double> thresholds() {
        Map<String, Double> thresholds = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : entries("thresholds")) {
            if (!entry.getValue().isNumber()
                    || !Double.isFinite(entry.getValue().doubleValue())) {
                throw bad("thresholds." + shortened(entry.getKey()), "a finite number", entry.getValue());
            }
            thresholds.put(entry.getKey(), entry.getValue().doubleValue());
        }
        return thresholds;
    }

    private Map<String, String> hashes(String key, String names) {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : entries(key)) {
            if (!entry.getKey().matches(names)) {
                throw new ClassifierException(
                        Code.MANIFEST,
                        file + ": " + key + " must name files without their folders, but names \""
                                + shortened(entry.getKey()) + "\"");
            }
            hashes.put(
                    entry.getKey(),
                    matching(key + "." + entry.getKey(), entry.getValue(), HEX, "64 lower-case hexadecimal digits"));
        }
        return hashes;
    }

    private Iterable<Map.Entry<String, JsonNode>> entries(String key) {
        JsonNode value = root.path(key);
        if (!value.isObject() || value.size() > MAX_ENTRIES) {
            throw bad(key, "an object of at most " + MAX_ENTRIES + " entries", value);
        }
        return value.properties();
    }

    private ClassifierException bad(String key, String wanted, JsonNode given) {
        String text = given.isMissingNode() ? "missing" : shortened(given.toString());
        return new ClassifierException(
                Code.MANIFEST, file + ": " + key + " must be " + wanted + ", but is " + text + "; train it anew");
    }

    private static String shortened(String text) {
        return text.substring(0, Math.min(80, text.length()));
    }
}
