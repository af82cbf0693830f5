package dev.sluice.server;

import static dev.sluice.server.ApiException.badRequest;

import dev.sluice.token.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One object of a request, read strictly: a wrong type, a value out of its range, and a field that nobody asked for are
 * each an error that names the field. {@code null} counts as absent, as it does for OpenAI.
 *
 * <p>Every accessor makes its field known; {@link #end} then refuses the unknown ones. One thread.
 */
final class Fields {
    private final JsonNode object;
    private final String prefix;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode object, String prefix) {
        this.object = object;
        this.prefix = prefix;
    }

    /** The fields of the request itself. */
    static Fields ofRequest(JsonNode body) {
        if (!body.isObject()) {
            throw badRequest("invalid_type", null, "the body must be a JSON object, but is " + kind(body));
        }
        return new Fields(body, "");
    }

    /** The fields of an object within the request. */
    static Fields of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw wrongType(path, "an object", node);
        }
        return new Fields(node, path + ".");
    }

    /** The full name of a field, for messages. */
    String path(String name) {
        return prefix + name;
    }

    /** The raw value, or null if absent. */
    @Nullable
    JsonNode get(String name) {
        known.add(name);
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    /** The raw value of a field that must be there. */
    JsonNode require(String name, String what) {
        JsonNode node = get(name);
        if (node == null) {
            throw badRequest("missing_field", path(name), path(name) + " is missing: give " + what);
        }
        return node;
    }

    boolean flag(String name, boolean absent) {
        JsonNode node = get(name);
        if (node == null) {
            return absent;
        }
        if (!node.isBoolean()) {
            throw wrongType(path(name), "true or false", node);
        }
        return node.booleanValue();
    }

    @Nullable
    String string(String name) {
        JsonNode node = get(name);
        return node == null ? null : string(node, path(name));
    }

    @Nullable
    Integer integer(String name, int least, int most) {
        JsonNode node = get(name);
        return node == null ? null : integer(node, path(name), least, most);
    }

    /** An integer, or a word that stands for one. */
    @Nullable
    Integer integerOr(String word, int meaning, String name, int least, int most) {
        JsonNode node = get(name);
        if (node == null) {
            return null;
        }
        if (node.isString() && node.stringValue().equals(word)) {
            return meaning;
        }
        if (!node.isIntegralNumber()) {
            throw wrongType(path(name), quote(word) + " or an integer", node);
        }
        return integer(node, path(name), least, most);
    }

    @Nullable
    Long wholeNumber(String name) {
        JsonNode node = get(name);
        if (node == null) {
            return null;
        }
        if (!node.isIntegralNumber()) {
            throw wrongType(path(name), "an integer", node);
        }
        if (!node.canConvertToLong()) {
            throw outOfRange(path(name), "a 64-bit integer", "larger");
        }
        return node.longValue();
    }

    /** A number from {@code least} to {@code most}, both included. */
    double number(String name, double least, double most, double absent) {
        JsonNode node = get(name);
        return node == null ? absent : number(node, path(name), least, most);
    }

    /** A number above 0, up to {@code most}. */
    double positive(String name, double most, double absent) {
        JsonNode node = get(name);
        if (node == null) {
            return absent;
        }
        double value = number(node, path(name));
        if (!(value > 0 && value <= most)) {
            throw outOfRange(path(name), "greater than 0 and at most " + plain(most), plain(value));
        }
        return value;
    }

    /** The elements of an array, or null if absent. */
    @Nullable
    List<JsonNode> array(String name) {
        JsonNode node = get(name);
        return node == null ? null : array(node, path(name));
    }

    /** The strings of an array, each not empty, or null if absent. */
    @Nullable
    List<String> strings(String name, int most) {
        JsonNode node = get(name);
        return node == null ? null : strings(node, path(name), most);
    }

    @Nullable
    Fields object(String name) {
        JsonNode node = get(name);
        return node == null ? null : of(node, path(name));
    }

    /** Fields that the API defines as harmless: accepted, whatever they say. */
    void harmless(String... names) {
        known.addAll(List.of(names));
    }

    /** A field of the API that only its neutral value can be honoured of. */
    void onlyNeutral(String name, Predicate<JsonNode> neutral, String accepted) {
        JsonNode node = get(name);
        if (node != null && !neutral.test(node)) {
            throw badRequest(
                    "unsupported_value",
                    path(name),
                    path(name) + " is not supported here: leave it out, or give " + accepted);
        }
    }

    /** Refuses fields that no accessor asked for. */
    void end() {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw badRequest(
                        "unknown_field", path(name), "unknown field " + quote(path(name)) + Nearest.hint(name, known));
            }
        }
    }

    static String string(JsonNode node, String path) {
        if (!node.isString()) {
            throw wrongType(path, "a string", node);
        }
        return node.stringValue();
    }

    static int integer(JsonNode node, String path, int least, int most) {
        if (!node.isIntegralNumber()) {
            throw wrongType(path, "an integer", node);
        }
        if (!node.canConvertToInt() || node.intValue() < least || node.intValue() > most) {
            String bound = most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most;
            throw outOfRange(path, bound, quoteless(node));
        }
        return node.intValue();
    }

    static double number(JsonNode node, String path, double least, double most) {
        double value = number(node, path);
        if (!(value >= least && value <= most)) {
            throw outOfRange(path, plain(least) + " to " + plain(most), plain(value));
        }
        return value;
    }

    private static double number(JsonNode node, String path) {
        if (!node.isNumber()) {
            throw wrongType(path, "a number", node);
        }
        return node.doubleValue();
    }

    static List<JsonNode> array(JsonNode node, String path) {
        if (!node.isArray()) {
            throw wrongType(path, "an array", node);
        }
        return new ArrayList<>(node.values());
    }

    static List<String> strings(JsonNode node, String path, int most) {
        List<JsonNode> elements = array(node, path);
        if (elements.size() > most) {
            throw outOfRange(path, "an array of at most " + most, elements.size() + " elements");
        }
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            String string = string(elements.get(i), path + "[" + i + "]");
            if (string.isEmpty()) {
                throw outOfRange(path + "[" + i + "]", "a string that is not empty", "empty");
            }
            strings.add(string);
        }
        return strings;
    }

    static ApiException wrongType(String path, String expected, JsonNode given) {
        return badRequest("invalid_type", path, path + " must be " + expected + ", but is " + kind(given));
    }

    static ApiException outOfRange(String path, String bound, String given) {
        return badRequest("out_of_range", path, path + " must be " + bound + ", but is " + given);
    }

    /** A name from the request, fit for a message. */
    static String quote(String name) {
        return '"' + (name.length() > 80 ? name.substring(0, 80) + "…" : name) + '"';
    }

    private static String quoteless(JsonNode number) {
        String text = number.toString();
        return text.length() > 30 ? text.substring(0, 30) + "…" : text;
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> "a string";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            default -> "null";
        };
    }
}
