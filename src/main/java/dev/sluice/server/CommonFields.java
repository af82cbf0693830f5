package dev.sluice.server;

import static dev.sluice.server.ApiException.badRequest;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.spring.Serving;
import dev.sluice.token.Nearest;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

/**
 * What the requests of both routes have in common.
 *
 * @param sampling how to sample, seed included
 * @param maxTokens most answer tokens, or null for as many as the context holds
 * @param stop strings that end an answer
 * @param choices answers a prompt
 * @param policies policies to enforce beyond the bindings
 * @param speculation overrides of the server's settings, or null
 * @param cacheSalt keeps KV pages to requests that name the same, or empty
 * @param persona weights of personas, by name
 * @param output what the answer looks like on the wire
 */
record CommonFields(
        SamplingParameters sampling,
        @Nullable Integer maxTokens,
        List<String> stop,
        int choices,
        Set<String> policies,
        @Nullable Speculation speculation,
        String cacheSalt,
        Map<String, Double> persona,
        Output output) {
    /** Most answers to one request, as for OpenAI. */
    static final int MOST_CHOICES = 128;

    private static final int MOST_STOPS = 16;
    private static final int MOST_NAMES = 64;
    private static final int MOST_SALT = 256;

    /**
     * What the answer looks like on the wire.
     *
     * @param stream whether it is sent as it is released
     * @param usage whether a stream ends with a chunk of usage
     * @param tokenIds whether choices carry their token ids
     * @param report whether counts and interventions are told
     */
    record Output(boolean stream, boolean usage, boolean tokenIds, boolean report) {}

    /** Reads the common fields; the route's own are read from the same {@code fields} before or after. */
    static CommonFields read(Fields fields, Serving serving, LongSupplier seeds) {
        checkModel(fields.string("model"), serving);
        fields.harmless("user", "safety_identifier", "metadata", "prompt_cache_key", "prompt_cache_retention");
        boolean stream = fields.flag("stream", false);
        boolean usage = usage(fields, stream);
        boolean tokenIds = fields.flag("return_token_ids", false);
        Integer choices = fields.integer("n", 1, MOST_CHOICES);
        String salt = cacheSalt(fields);
        Fields extension = fields.object("sluice");
        Set<String> policies = Set.of();
        Speculation speculation = null;
        boolean report = false;
        Map<String, Double> persona = Map.of();
        if (extension != null) {
            policies = policies(extension, serving);
            speculation = speculation(extension.object("speculation"), serving.speculation(), serving.drafters());
            report = extension.flag("report", true);
            salt = cacheSalt(salt, extension);
            persona = persona(extension);
            extension.end();
        }
        return new CommonFields(
                sampling(fields, serving, seeds),
                maxTokens(fields),
                stop(fields),
                choices == null ? 1 : choices,
                policies,
                speculation,
                salt,
                persona,
                new Output(stream, usage, tokenIds, report));
    }

    /** The request to the engine for one prompt. */
    GenerationRequest toRequest(int[] prompt, @Nullable Integer mostTokens, @Nullable Integer logprobs) {
        return new GenerationRequest(
                prompt,
                sampling,
                mostTokens,
                stop,
                choices,
                logprobs,
                policies,
                speculation,
                output.report(),
                GenerationRequest.SHARED,
                cacheSalt,
                null);
    }

    private static Map<String, Double> persona(Fields extension) {
        JsonNode node = extension.get("persona");
        if (node == null) {
            return Map.of();
        }
        String path = extension.path("persona");
        if (!node.isObject()) {
            throw Fields.wrongType(path, "an object from names of personas to weights", node);
        }
        if (node.size() > MOST_NAMES) {
            throw Fields.outOfRange(path, "at most " + MOST_NAMES + " weights", node.size() + " weights");
        }
        Map<String, Double> weights = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            weights.put(entry.getKey(), Fields.number(entry.getValue(), path + "." + entry.getKey(), 0, 1_000_000));
        }
        return Map.copyOf(weights);
    }

    /** The salt of the extension, which other engines read beside the other fields. */
    private static String cacheSalt(String beside, Fields extension) {
        String salt = cacheSalt(extension);
        if (!salt.isEmpty() && !beside.isEmpty() && !salt.equals(beside)) {
            throw badRequest(
                    "invalid_value",
                    extension.path("cache_salt"),
                    "cache_salt and sluice.cache_salt are the same salt and must not differ; give one of them");
        }
        return salt.isEmpty() ? beside : salt;
    }

    private static String cacheSalt(Fields fields) {
        String salt = fields.string("cache_salt");
        if (salt != null && (salt.isEmpty() || salt.length() > MOST_SALT)) {
            throw Fields.outOfRange(
                    fields.path("cache_salt"),
                    "1 to " + MOST_SALT + " characters long",
                    salt.length() + " characters long");
        }
        return salt == null ? "" : salt;
    }

    private static void checkModel(@Nullable String model, Serving serving) {
        if (model != null && !model.equals(serving.name())) {
            throw new ApiException(
                    HttpStatus.NOT_FOUND,
                    "model_not_found",
                    "model",
                    "there is no model " + Fields.quote(model) + "; this server has \"" + serving.name() + '"');
        }
    }

    private static boolean usage(Fields fields, boolean stream) {
        Fields options = fields.object("stream_options");
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw badRequest("invalid_value", "stream_options", "stream_options needs stream to be true");
        }
        boolean usage = options.flag("include_usage", false);
        options.onlyNeutral("include_obfuscation", node -> node.isBoolean() && !node.booleanValue(), "false");
        options.end();
        return usage;
    }

    private static SamplingParameters sampling(Fields fields, Serving serving, LongSupplier seeds) {
        Integer topK = fields.integer("top_k", 0, Integer.MAX_VALUE);
        Long seed = fields.wholeNumber("seed");
        return new SamplingParameters(
                fields.number("temperature", 0, 2, 1),
                topK == null ? 0 : topK,
                fields.positive("top_p", 1, 1),
                fields.number("min_p", 0, 1, 0),
                fields.positive("typical_p", 1, 1),
                fields.positive("repetition_penalty", 10, 1),
                fields.number("presence_penalty", -2, 2, 0),
                fields.number("frequency_penalty", -2, 2, 0),
                logitBias(fields, serving.tokenizer().vocabulary().size()),
                seed != null ? seed : seeds.getAsLong());
    }

    private static Map<Integer, Float> logitBias(Fields fields, int tokens) {
        JsonNode node = fields.get("logit_bias");
        if (node == null) {
            return Map.of();
        }
        String path = fields.path("logit_bias");
        if (!node.isObject()) {
            throw Fields.wrongType(path, "an object from token ids to numbers", node);
        }
        Map<Integer, Float> bias = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getKey().matches("0|[1-9]\\d{0,8}") || Integer.parseInt(entry.getKey()) >= tokens) {
                throw Fields.outOfRange(path, "keyed by token ids 0 to " + (tokens - 1), Fields.quote(entry.getKey()));
            }
            bias.put(Integer.valueOf(entry.getKey()), (float)
                    Fields.number(entry.getValue(), path + "." + entry.getKey(), -100, 100));
        }
        return Map.copyOf(bias);
    }

    private static List<String> stop(Fields fields) {
        JsonNode node = fields.get("stop");
        if (node == null) {
            return List.of();
        }
        if (node.isString()) {
            if (node.stringValue().isEmpty()) {
                throw Fields.outOfRange("stop", "a string that is not empty", "empty");
            }
            return List.of(node.stringValue());
        }
        if (!node.isArray()) {
            throw Fields.wrongType("stop", "a string or an array of strings", node);
        }
        return List.copyOf(Fields.strings(node, "stop", MOST_STOPS));
    }

    private static Set<String> policies(Fields extension, Serving serving) {
        List<String> names = extension.strings("policies", MOST_NAMES);
        if (names == null) {
            return Set.of();
        }
        Set<String> known = serving.policies().policies().keySet();
        for (String name : names) {
            if (!known.contains(name)) {
                throw badRequest(
                        "unknown_policy",
                        extension.path("policies"),
                        "there is no policy " + Fields.quote(name) + Nearest.hint(name, known));
            }
        }
        return new LinkedHashSet<>(names);
    }

    private static @Nullable Speculation speculation(
            @Nullable Fields fields, Speculation defaults, List<String> known) {
        if (fields == null) {
            return null;
        }
        boolean enabled = fields.flag("enabled", defaults.enabled());
        List<String> drafters = fields.strings("drafters", MOST_NAMES);
        Integer nodes = fields.integerOr("auto", Speculation.AUTO, "max_nodes", 0, 64);
        fields.end();
        for (String name : drafters == null ? List.<String>of() : drafters) {
            if (!known.contains(name)) {
                throw badRequest(
                        "unknown_drafter",
                        fields.path("drafters"),
                        "there is no drafter " + Fields.quote(name) + "; there are " + known
                                + Nearest.hint(name, known));
            }
        }
        return new Speculation(
                enabled,
                drafters == null ? defaults.drafters() : List.copyOf(drafters),
                nodes == null ? defaults.maxNodes() : nodes);
    }

    private static @Nullable Integer maxTokens(Fields fields) {
        Integer maxTokens = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
        Integer alias = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
        if (maxTokens != null && alias != null && !Objects.equals(maxTokens, alias)) {
            throw badRequest(
                    "invalid_value",
                    "max_completion_tokens",
                    "max_tokens and max_completion_tokens are the same limit and must not differ: " + maxTokens
                            + " and " + alias);
        }
        return alias != null ? alias : maxTokens;
    }
}
