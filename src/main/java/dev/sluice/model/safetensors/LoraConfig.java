package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What {@code adapter_config.json} says: which modules an adapter changes, at which rank and scale.
 *
 * <p>A key that is not known here may be there only switched off: null, false or empty. So a setting that changes what is
 * computed is never passed over.
 */
final class LoraConfig {
    private static final int MOST_RANK = 4096;
    private static final double MOST_ALPHA = 1e6;
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.([0-9]+)\\..+");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*");

    private static final Set<String> READ = Set.of(
            "peft_type",
            "task_type",
            "r",
            "lora_alpha",
            "use_rslora",
            "bias",
            "init_lora_weights",
            "target_modules",
            "layers_to_transform",
            "layers_pattern",
            "rank_pattern",
            "alpha_pattern");

    /** What says where an adapter comes from, or matters to training alone. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "inference_mode",
            "lora_dropout",
            "megatron_core",
            "peft_version",
            "qalora_group_size",
            "revision");

    /** Ways to begin training that leave the model's own weights as they were. */
    private static final Set<String> BEGINNINGS = Set.of("gaussian", "eva", "orthogonal");

    private final JsonSettings config;

    private LoraConfig(JsonSettings config) {
        this.config = config;
    }

    /**
     * How a module is changed.
     *
     * @param rank of the update
     * @param scale factor of the product
     */
    record Target(int rank, float scale) {}

    /** Reads the file; throws {@link ModelFileException} for what is not supported. */
    static LoraConfig read(Path file) {
        LoraConfig read = new LoraConfig(JsonSettings.read(file));
        read.refuseWhatIsNotSupported();
        return read;
    }

    private void refuseWhatIsNotSupported() {
        only("peft_type", "none", Set.of("LORA"));
        only("task_type", "CAUSAL_LM", Set.of("CAUSAL_LM"));
        only("bias", "none", Set.of("none"));
        if (config.has("init_lora_weights") && !config.get("init_lora_weights").isBoolean()) {
            only("init_lora_weights", "none", BEGINNINGS);
        }
        List<String> patterns = config.get("layers_pattern").isArray()
                ? strings("layers_pattern")
                : List.of(config.string("layers_pattern", "layers"));
        if (!Set.of("layers", "").containsAll(patterns)) {
            throw unsupported("layers_pattern", "layers");
        }
        for (String key : new TreeSet<>(config.node().propertyNames())) {
            if (!READ.contains(key) && !WITHOUT_EFFECT.contains(key) && !off(config.get(key))) {
                throw unsupported(key, "off: null, false or empty");
            }
        }
    }

    /**
     * The modules that the adapter changes.
     *
     * @param modules all that can be changed, by full name
     * @param layers number of layers
     */
    Map<String, Target> targets(Set<String> modules, int layers) {
        Set<String> named = named(modules);
        Set<Integer> chosen = chosenLayers(layers);
        Map<String, Target> targets = new LinkedHashMap<>();
        int rank = config.integer("r", 1, MOST_RANK);
        double alpha = alpha(config, "lora_alpha");
        Map<String, Integer> ranks = new LinkedHashMap<>();
        JsonSettings rankPattern = pattern("rank_pattern", modules);
        rankPattern.node().propertyNames().forEach(key -> ranks.put(key, rankPattern.integer(key, 1, MOST_RANK)));
        Map<String, Double> alphas = new LinkedHashMap<>();
        JsonSettings alphaPattern = pattern("alpha_pattern", modules);
        alphaPattern.node().propertyNames().forEach(key -> alphas.put(key, alpha(alphaPattern, key)));
        boolean rootScaled = config.bool("use_rslora", false);
        for (String module : modules) {
            Matcher layer = LAYER.matcher(module);
            boolean inLayers =
                    chosen.isEmpty() || (layer.matches() && chosen.contains(Integer.parseInt(layer.group(1))));
            if (named.contains(module) && inLayers) {
                int own = first(ranks, module, rank);
                double divisor = rootScaled ? Math.sqrt(own) : own;
                targets.put(module, new Target(own, (float) (first(alphas, module, alpha) / divisor)));
            }
        }
        if (targets.isEmpty()) {
            throw unsupported("target_modules", "modules of the layers of layers_to_transform");
        }
        return targets;
    }

    /** The modules that {@code target_modules} names, in any layer. */
    private Set<String> named(Set<String> modules) {
        Set<String> named = new TreeSet<>();
        if (config.get("target_modules").isString()) {
            only("target_modules", "none", Set.of("all-linear"));
            modules.stream().filter(module -> LAYER.matcher(module).matches()).forEach(named::add);
            return named;
        }
        for (String name : strings("target_modules")) {
            if (modules.stream().noneMatch(module -> isEndOf(name, module))) {
                throw unsupported("target_modules", "names of modules of this model, such as q_proj, and not " + name);
            }
            modules.stream().filter(module -> isEndOf(name, module)).forEach(named::add);
        }
        return named;
    }

    /** The layers that are changed; empty for all. */
    private Set<Integer> chosenLayers(int layers) {
        Set<Integer> chosen = new TreeSet<>();
        JsonNode given = config.get("layers_to_transform");
        if (!config.has("layers_to_transform")) {
            return chosen;
        }
        for (JsonNode layer : given.isArray() ? given.values() : List.of(given)) {
            boolean whole = layer.isIntegralNumber() && layer.canConvertToInt();
            if (!whole || layer.intValue() < 0 || layer.intValue() >= layers) {
                throw config.bad("layers_to_transform", "numbers of layers from 0 to " + (layers - 1));
            }
            chosen.add(layer.intValue());
        }
        return chosen;
    }

    private static double alpha(JsonSettings settings, String key) {
        double alpha = settings.number(key);
        if (!(alpha > 0 && alpha <= MOST_ALPHA)) {
            throw settings.bad(key, "above 0 and at most " + MOST_ALPHA);
        }
        return alpha;
    }

    /** An object whose keys are plain names of modules, each of which there is; empty where it is missing. */
    private JsonSettings pattern(String key, Set<String> modules) {
        if (!config.has(key)) {
            return new JsonSettings(config.file(), key + ".", JsonNodeFactory.instance.objectNode());
        }
        JsonSettings pattern = config.object(key);
        for (String name : pattern.node().propertyNames()) {
            if (modules.stream().noneMatch(module -> isEndOf(name, module))) {
                throw unsupported(key, "by names of modules of this model, such as q_proj, and not by " + name);
            }
        }
        return pattern;
    }

    private static <T> T first(Map<String, T> pattern, String module, T otherwise) {
        for (Map.Entry<String, T> entry : pattern.entrySet()) {
            if (isEndOf(entry.getKey(), module)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    /** Whether a plain name is a module's or the last parts of it; behind {@code ^} it must be all of it. */
    private static boolean isEndOf(String name, String module) {
        boolean whole = name.startsWith("^");
        String plain = whole ? name.substring(1) : name;
        return NAME.matcher(plain).matches() && (module.equals(plain) || (!whole && module.endsWith("." + plain)));
    }

    private List<String> strings(String key) {
        JsonNode given = config.get(key);
        List<String> strings = new ArrayList<>();
        for (JsonNode one : given) {
            if (!given.isArray() || !one.isString()) {
                throw config.bad(key, "a list of strings");
            }
            strings.add(one.stringValue());
        }
        return strings;
    }

    private static boolean off(JsonNode value) {
        return value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainer() && value.isEmpty())
                || (value.isString() && value.stringValue().isEmpty());
    }

    private void only(String key, String fallback, Set<String> supported) {
        if (!supported.contains(config.string(key, fallback))) {
            throw unsupported(key, String.join(", ", new TreeSet<>(supported)));
        }
    }

    private ModelFileException unsupported(String key, String supported) {
        String given = config.get(key).toString();
        return new ModelFileException(
                Code.METADATA,
                config.file(),
                key + " is " + (given.isEmpty() ? "missing" : given.substring(0, Math.min(80, given.length())))
                        + "; supported is only: " + supported
                        + ". Train or save the adapter with that, or merge it into the model with PEFT and load the"
                        + " merged model");
    }
}
