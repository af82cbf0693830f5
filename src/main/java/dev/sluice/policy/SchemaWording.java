package dev.sluice.policy;

import com.networknt.schema.Error;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import dev.sluice.token.Nearest;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Puts violations of the schema in words: a stable code, what is wrong, and what was probably meant. */
final class SchemaWording {
    private final PolicySchema schema;

    SchemaWording(PolicySchema schema) {
        this.schema = schema;
    }

    /**
     * A violation in words.
     *
     * @param code stable code
     * @param message what, bound, given, next step
     * @param suggestion what was probably meant, or null
     */
    record Phrased(String code, String message, @Nullable String suggestion) {}

    /**
     * Puts a violation in words.
     *
     * @param error what the validator says
     * @param node the value at fault
     */
    Phrased phrase(Error error, YamlNode node) {
        String path = SchemaCheck.readable(error.getInstanceLocation());
        JsonNode parent = schema.parentOf(error);
        return switch (error.getKeyword()) {
            case "additionalProperties" -> unknownKey(error.getProperty(), path, PolicySchema.keys(parent), node);
            case "required" ->
                new Phrased("policy.missing-key", "%s lacks the key \"%s\"".formatted(path, error.getProperty()), null);
            case "dependentRequired" ->
                new Phrased(
                        "policy.conflict",
                        "%s has \"%s\", which goes with \"%s\" only"
                                .formatted(path, error.getArguments()[1], error.getArguments()[0]),
                        null);
            case "oneOf" -> oneOf(alternatives(error.getSchemaNode()), path, node);
            case "type" -> wrongType(error.getSchemaNode(), path, node);
            case "enum" -> unknownValue(error.getSchemaNode(), path, node);
            case "pattern" ->
                new Phrased(
                        "policy.bad-name",
                        "%s is %s; allowed: %s"
                                .formatted(
                                        path,
                                        given(node),
                                        parent.path("description").asString()),
                        null);
            case "minLength", "maxLength" -> range(path, parent, "minLength", "maxLength", "characters", node);
            case "minItems", "maxItems" -> range(path, parent, "minItems", "maxItems", "items", node);
            case "minimum", "maximum" -> range(path, parent, "minimum", "maximum", "", node);
            case "uniqueItems" -> new Phrased("policy.duplicate-value", path + " names something twice", null);
            default -> throw new IllegalStateException("the schema's keyword has no words: " + error.getKeyword());
        };
    }

    /** The keys of which a mapping must have exactly one. */
    static List<String> alternatives(JsonNode oneOf) {
        return oneOf.valueStream()
                .map(alternative -> alternative.path("required").path(0).asString())
                .toList();
    }

    private static Phrased unknownKey(String key, String path, List<String> known, YamlNode node) {
        List<String> open = new ArrayList<>(known);
        if (node instanceof Mapping mapping) {
            open.removeAll(mapping.entries().keySet());
        }
        String suggestion = Nearest.to(key, open);
        String message = "%s has the unknown key \"%s\"".formatted(path, key);
        return new Phrased(
                "policy.unknown-key",
                suggestion == null ? message + "; known: " + String.join(", ", known) : message,
                suggestion);
    }

    private static Phrased oneOf(List<String> keys, String path, YamlNode node) {
        List<String> present = new ArrayList<>(keys);
        if (node instanceof Mapping mapping) {
            present.retainAll(mapping.entries().keySet());
        }
        return present.isEmpty()
                ? new Phrased("policy.missing-key", "%s needs one of %s".formatted(path, quoted(keys)), null)
                : new Phrased(
                        "policy.conflict",
                        "%s needs exactly one of %s, has %s".formatted(path, quoted(keys), quoted(present)),
                        null);
    }

    private static Phrased wrongType(JsonNode types, String path, YamlNode node) {
        List<String> wanted =
                types.isArray() ? types.valueStream().map(JsonNode::asString).toList() : List.of(types.asString());
        String names = wanted.stream().map(SchemaWording::typeName).collect(Collectors.joining(" or "));
        String advice = "";
        if (node instanceof Text || (node instanceof Literal literal && literal.value() != null)) {
            if (wanted.contains("string")) {
                advice = "; put it in quotes";
            } else if (wanted.contains("array")) {
                advice = "; put it in brackets";
            }
        }
        return new Phrased(
                "policy.wrong-type", "%s must be %s, is %s%s".formatted(path, names, typeOf(node), advice), null);
    }

    private static Phrased unknownValue(JsonNode values, String path, YamlNode node) {
        List<String> known = values.valueStream().map(JsonNode::asString).toList();
        return new Phrased(
                "policy.unknown-value",
                "%s must be %s, is %s".formatted(path, either(known), given(node)),
                node instanceof Text text ? Nearest.to(text.value(), known) : null);
    }

    private static String either(List<String> values) {
        int last = values.size() - 1;
        String others = String.join(", ", values.subList(0, last));
        return others.isEmpty() ? values.get(last) : others + " or " + values.get(last);
    }

    private static Phrased range(
            String path, JsonNode schema, String lowest, String highest, String unit, YamlNode node) {
        String bound = Stream.of(
                        schema.has(lowest) ? "at least " + schema.path(lowest) : "",
                        schema.has(highest) ? "at most " + schema.path(highest) : "")
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" and "));
        String verb = unit.isEmpty() ? "be" : "have";
        String suffix = unit.isEmpty() ? "" : " " + unit;
        String is = unit.isEmpty() ? "is" : "has";
        return new Phrased(
                "policy.out-of-range",
                "%s must %s %s%s, %s %s".formatted(path, verb, bound, suffix, is, measure(node)),
                null);
    }

    private static String measure(YamlNode node) {
        if (node instanceof Sequence sequence) {
            return String.valueOf(sequence.items().size());
        } else if (node instanceof Text text) {
            return String.valueOf(text.value().codePointCount(0, text.value().length()));
        }
        return given(node);
    }

    private static String given(YamlNode node) {
        if (node instanceof Text text) {
            int length = text.value().length();
            return length > 80 ? "text of " + length + " characters" : quoted(text.value());
        }
        boolean shown = node instanceof Literal literal && literal.value() != null;
        return shown ? String.valueOf(((Literal) node).value()) : typeOf(node);
    }

    private static String typeOf(YamlNode node) {
        if (node instanceof Mapping) {
            return "a mapping";
        } else if (node instanceof Sequence) {
            return "a list";
        } else if (node instanceof Literal literal) {
            return literal.value() == null
                    ? "empty"
                    : literal.value() instanceof BigDecimal ? "a number" : "true or false";
        }
        return "text";
    }

    private static String typeName(String type) {
        return switch (type) {
            case "string" -> "text";
            case "object" -> "a mapping";
            case "array" -> "a list";
            case "boolean" -> "true or false";
            case "integer" -> "a whole number";
            case "number" -> "a number";
            default -> type;
        };
    }

    /** In quotes, on one line, with control and format characters as U+FFFD. */
    static String quoted(String text) {
        StringBuilder visible = new StringBuilder("\"");
        text.codePoints().map(SourceFile::visible).forEach(visible::appendCodePoint);
        return visible.append('"').toString();
    }

    private static String quoted(List<String> keys) {
        return keys.stream().map(SchemaWording::quoted).collect(Collectors.joining(" and "));
    }
}
