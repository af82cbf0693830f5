package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.io.IOException;
import java.io.InputStream;
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
    /** Most bytes of a file that is parsed into a tree, which takes many times as much heap. */
    private static final int MAX_TREE_BYTES = 4 << 20;
    /** Most bytes of a file that is only handed on. */
    private static final int MAX_BYTES = 64 << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Reads a file of at most 4 MiB; throws {@link ModelFileException}. */
    static JsonSettings read(Path file) {
        return read(file, MAX_TREE_BYTES);
    }

    /** Reads a file of at most so many bytes; throws {@link ModelFileException}. */
    static JsonSettings read(Path file, int most) {
        return parse(file, bytes(file, most));
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

    /** The bytes of a file of at most 64 MiB; throws {@link ModelFileException}. */
    static byte[] bytes(Path file) {
        return bytes(file, MAX_BYTES);
    }

    private static byte[] bytes(Path file, int most) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new ModelFileException(
                    Code.UNREADABLE, file, "it must be a regular file; use a complete model folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new ModelFileException(
                        Code.MALFORMED,
                        file,
                        "at most " + most + " bytes are read, but it has more; use another model");
            }
            return bytes;
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
