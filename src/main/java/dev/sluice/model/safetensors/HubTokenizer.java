package dev.sluice.model.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.token.BytePairTokenizer;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.token.TokenizerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import tools.jackson.databind.JsonNode;

/**
 * Builds the tokenizer of a model folder: {@code tokenizer.json}, the template of {@code chat_template.jinja},
 * {@code chat_template.json} or {@code tokenizer_config.json}, and the ends of turn of {@code generation_config.json}, or
 * of {@code config.json} where that names none, with the {@code eos_token} of {@code tokenizer_config.json}.
 */
public final class HubTokenizer {
    private static final String TOKENIZER = "tokenizer.json";
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String ENDS = "eos_token_id";
    private static final String TEMPLATE = "chat_template";

    private HubTokenizer() {}

    /** Builds the tokenizer of a folder; throws {@link ModelFileException}. */
    public static LoadedTokenizer load(Path folder) {
        Path file = folder.resolve(TOKENIZER);
        JsonSettings settings = optional(folder, SETTINGS);
        JsonSettings generation = optional(folder, "generation_config.json");
        BitSet ends = ends(generation.has(ENDS) ? generation : optional(folder, SafetensorsFolder.CONFIG));
        String end = tokenName(settings, "eos_token");
        try {
            return LoadedTokenizer.of(
                    BytePairTokenizer.ofJson(JsonSettings.bytes(file), end, ends),
                    template(folder, settings),
                    tokenName(settings, "bos_token"),
                    end);
        } catch (TokenizerException e) {
            throw new ModelFileException(Code.METADATA, file, e.getMessage() + " [" + e.code() + "]", e);
        }
    }

    /** The file's object, or an empty one where there is no such file. */
    private static JsonSettings optional(Path folder, String name) {
        Path file = folder.resolve(name);
        return Files.exists(file) ? JsonSettings.read(file) : JsonSettings.parse(file, new byte[] {'{', '}'});
    }

    /** {@code eos_token_id}: a token, or several. */
    private static BitSet ends(JsonSettings settings) {
        BitSet ends = new BitSet();
        if (!settings.has(ENDS)) {
            return ends;
        }
        JsonNode value = settings.get(ENDS);
        for (JsonNode token : value.isArray() ? value.values() : java.util.List.of(value)) {
            if (!token.isIntegralNumber() || !token.canConvertToInt() || token.intValue() < 0) {
                throw settings.bad(ENDS, "a token or a list of tokens");
            }
            if (token.intValue() < BytePairTokenizer.MOST_TOKENS) {
                ends.set(token.intValue());
            }
        }
        return ends;
    }

    private static String template(Path folder, JsonSettings settings) {
        Path own = folder.resolve("chat_template.jinja");
        if (Files.exists(own)) {
            return new String(JsonSettings.bytes(own), UTF_8);
        }
        JsonSettings json = optional(folder, "chat_template.json");
        JsonSettings holder = json.has(TEMPLATE) ? json : settings;
        JsonNode template = holder.get(TEMPLATE);
        if (!template.isArray()) {
            return holder.string(TEMPLATE, "");
        }
        for (JsonNode named : template) {
            if (named.path("name").asString("").equals("default")) {
                return named.path("template").asString("");
            }
        }
        throw holder.bad(TEMPLATE, "a template, or a list with one named default");
    }

    /** The name of a special token, which stands there by itself or in an object; empty where there is none. */
    private static String tokenName(JsonSettings settings, String key) {
        return settings.get(key).isObject() ? settings.object(key).string("content", "") : settings.string(key, "");
    }
}
