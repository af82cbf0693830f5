package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of a GGUF file, by key and type. Immutable.
 *
 * <p>A getter without a fallback throws {@link ModelFileException} where the key is missing; every getter does where the
 * value has another type. Integers of every width read as {@code long}, floating-point numbers as {@code double}.
 */
public final class GgufMetadata {
    private final Path file;
    private final Map<String, Object> values;

    /** Takes ownership of the map: Long, Double, Boolean, String, long[], double[], boolean[] or List values. */
    GgufMetadata(Path file, Map<String, Object> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(values);
    }

    /** Whether the key is there. */
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /** A text. */
    public String string(String key) {
        return require(key, String.class, "a string");
    }

    /** A text, or the fallback where the key is missing. */
    public String string(String key, String fallback) {
        return contains(key) ? string(key) : fallback;
    }

    /** An integer. */
    public long integer(String key) {
        return require(key, Long.class, "an integer");
    }

    /** An integer, or the fallback where the key is missing. */
    public long integer(String key, long fallback) {
        return contains(key) ? integer(key) : fallback;
    }

    /** An integer that fits an {@code int} and lies within bounds, both included. */
    public int integer(String key, int least, int most) {
        long value = integer(key);
        if (value < least || value > most) {
            throw new ModelFileException(
                    ModelFileException.Code.METADATA,
                    file,
                    "metadata " + key + " must be from " + least + " to " + most + ", but is " + value
                            + "; use another conversion of the model");
        }
        return (int) value;
    }

    /** A number; an integer is taken as one. */
    public double number(String key) {
        Object value = values.get(key);
        return value instanceof Long integer ? integer : require(key, Double.class, "a number");
    }

    /** A number, or the fallback where the key is missing. */
    public double number(String key, double fallback) {
        return contains(key) ? number(key) : fallback;
    }

    /** An array of texts, unmodifiable. */
    @SuppressWarnings("unchecked")
    public List<String> strings(String key) {
        List<?> list = require(key, List.class, "an array of strings");
        if (!list.isEmpty() && !(list.get(0) instanceof String)) {
            throw wrongType(key, "an array of strings", list);
        }
        return (List<String>) list;
    }

    /** An array of integers, a copy. */
    public long[] integers(String key) {
        return require(key, long[].class, "an array of integers").clone();
    }

    private <T> T require(String key, Class<T> type, String words) {
        @Nullable Object value = values.get(key);
        if (value == null) {
            throw new ModelFileException(
                    ModelFileException.Code.METADATA,
                    file,
                    "metadata " + key + " is missing; use a complete conversion of the model");
        }
        if (!type.isInstance(value)) {
            throw wrongType(key, words, value);
        }
        return type.cast(value);
    }

    private ModelFileException wrongType(String key, String words, Object value) {
        return new ModelFileException(
                ModelFileException.Code.METADATA,
                file,
                "metadata " + key + " must be " + words + ", but is a "
                        + value.getClass().getSimpleName() + "; use another conversion of the model");
    }
}
