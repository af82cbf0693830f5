package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A JSON object of a model folder, its values checked as they are read. A key whose value is {@code null} counts as missing.
 *
 * @param file where it stands, for messages
 * @param name of the object within the file, with a dot behind it; empty for the whole file
 * @param node the object
 */
record JsonSettings(Path file, String name, JsonNode node) {
    private static final long MAX_BYTES = 64 << 20;
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Reads a file of at most 64 MiB; throws {@link ModelFileException}. */
    static JsonSettings read(Path file) {
        return parse(file, bytes(file));
    }

    /** Reads an object from bytes of a file. */
    static JsonSettings parse(Path file, byte[] document) {
        try {
            JsonNode node = MAPPER.readTree(document);
            if (node != null && node.isObject()) {
                return new JsonSettings(file, "", node);
            }
        } catch (JacksonException e) {
            throw new ModelFileException(
                    Code.MALFORMED, file, "it is no JSON (" + e.getClass().getSimpleName() + "); fetch it again", e);
        }
        throw new ModelFileException(Code.MALFORMED, file, "it must be a JSON object; fetch it again");
    }

    /** The bytes of a file of at most 64 MiB. */
    static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new ModelFileException(
                        Code.MALFORMED,
                        file,
                        "at most " + MAX_BYTES + " bytes are read, but it has " + size + "; use another model");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelFileException(
                    Code.UNREADABLE,
                    file,
                    "it cannot be read (" + e.getClass().getSimpleName()
                            + "); check that the folder is complete: config.json, tokenizer.json and .safetensors",
                    e);
        }
    }

    /** Whether the key is there. */
    boolean has(String key) {
        return !node.path(key).isMissingNode() && !node.path(key).isNull();
    }

    /** The value of a key; a missing node where there is none. */
    JsonNode get(String key) {
        return node.path(key);
    }

    /** An object; throws where it is missing. */
    JsonSettings object(String key) {
        if (!node.path(key).isObject()) {
            throw bad(key, "an object");
        }
        return new JsonSettings(file, name + key + ".", node.path(key));
    }

    /** An integer within bounds; throws where it is missing. */
    int integer(String key, int least, int most) {
        JsonNode value = node.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw bad(key, "an integer");
        }
        if (value.intValue() < least || value.intValue() > most) {
            throw bad(key, "from " + least + " to " + most);
        }
        return value.intValue();
    }

    /** An integer within bounds, or the fallback. */
    int integer(String key, int least, int most, int fallback) {
        return has(key) ? integer(key, least, most) : fallback;
    }

    /** A number; throws where it is missing. */
    double number(String key) {
        if (!node.path(key).isNumber()) {
            throw bad(key, "a number");
        }
        return node.path(key).doubleValue();
    }

    /** A number, or the fallback. */
    double number(String key, double fallback) {
        return has(key) ? number(key) : fallback;
    }

    /** A truth value, or the fallback. */
    boolean bool(String key, boolean fallback) {
        if (has(key) && !node.path(key).isBoolean()) {
            throw bad(key, "true or false");
        }
        return has(key) ? node.path(key).booleanValue() : fallback;
    }

    /** A text, or the fallback. */
    String string(String key, String fallback) {
        if (has(key) && !node.path(key).isString()) {
            throw bad(key, "a string");
        }
        return has(key) ? node.path(key).stringValue() : fallback;
    }

    /** The error of a value that is not what it must be. */
    ModelFileException bad(String key, String wanted) {
        String given = node.path(key).toString();
        return new ModelFileException(
                Code.METADATA,
                file,
                name + key + " must be " + wanted + ", but is "
                        + (given.isEmpty() ? "missing" : given.substring(0, Math.min(80, given.length())))
                        + "; use a complete model folder");
    }
}
