package dev.sluice.policy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A YAML value that knows where it stands. Immutable; an alias shares the node of its anchor. */
sealed interface YamlNode {
    /** Where the value stands. */
    Span span();

    /** Number of values in it, itself included and aliases expanded. */
    int size();

    /** The value as JSON. */
    JsonNode json();

    /**
     * Keys and values, in file order.
     *
     * @param span where it stands
     * @param size number of values in it
     * @param entries by key
     */
    record Mapping(Span span, int size, Map<String, Entry> entries) implements YamlNode {
        /**
         * One key with its value.
         *
         * @param key where the key stands
         * @param value the value
         */
        record Entry(Span key, YamlNode value) {}

        /** The value of a key, or null. */
        @Nullable
        YamlNode get(String key) {
            Entry entry = entries.get(key);
            return entry == null ? null : entry.value();
        }

        /** The text of a key's value, or null where it is missing or something else. */
        @Nullable
        String text(String key) {
            return get(key) instanceof Text text ? text.value() : null;
        }

        /** The values of a key's list; empty where it is missing or something else. */
        List<YamlNode> list(String key) {
            return get(key) instanceof Sequence sequence ? sequence.items() : List.of();
        }

        @Override
        public JsonNode json() {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            entries.forEach((key, entry) -> object.set(key, entry.value().json()));
            return object;
        }
    }

    /**
     * Values in order.
     *
     * @param span where it stands
     * @param size number of values in it
     * @param items the values
     */
    record Sequence(Span span, int size, List<YamlNode> items) implements YamlNode {
        @Override
        public JsonNode json() {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            items.forEach(item -> array.add(item.json()));
            return array;
        }
    }

    /**
     * A number, true or false, or nothing.
     *
     * @param span where it stands
     * @param value a {@link BigDecimal}, a {@link Boolean}, or null
     */
    record Literal(Span span, @Nullable Object value) implements YamlNode {
        @Override
        public int size() {
            return 1;
        }

        @Override
        public JsonNode json() {
            JsonNodeFactory factory = JsonNodeFactory.instance;
            if (value instanceof Boolean truth) {
                return factory.booleanNode(truth);
            }
            return value instanceof BigDecimal number ? factory.numberNode(number) : factory.nullNode();
        }
    }

    /**
     * Text.
     *
     * @param span where it stands, quotes included
     * @param style how it is written
     * @param value the text
     */
    record Text(Span span, Style style, String value) implements YamlNode {
        /** How text is written. */
        enum Style {
            /** Without quotes. */
            PLAIN,
            /** In single quotes. */
            SINGLE_QUOTED,
            /** In double quotes. */
            DOUBLE_QUOTED,
            /** As a block, {@code |} or {@code >}. */
            BLOCK
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public JsonNode json() {
            return JsonNodeFactory.instance.stringNode(value);
        }

        /**
         * The place of a code unit of the text, as well as one can tell: exact where it stands on one line, else
         * the whole of it.
         */
        Span at(int offset) {
            if (offset < 0 || span.line() != span.endLine() || style == Style.BLOCK) {
                return span;
            }
            String line = span.source().line(span.line());
            int from = line.offsetByCodePoints(0, span.column());
            int position = style == Style.PLAIN ? from : from + 1;
            int rest = Math.min(offset, value.length());
            while (rest > 0) {
                rest -= decodedLength(line, position);
                position += writtenLength(line, position);
            }
            int column = line.codePointCount(0, Math.min(position, line.length()));
            return new Span(span.source(), span.line(), column, span.line(), column + 1);
        }

        private int writtenLength(String line, int position) {
            char c = line.charAt(position);
            if (style == Style.SINGLE_QUOTED && c == '\'') {
                return 2;
            } else if (style != Style.DOUBLE_QUOTED || c != '\\') {
                return 1;
            }
            return switch (line.charAt(position + 1)) {
                case 'x' -> 4;
                case 'u' -> 6;
                case 'U' -> 10;
                default -> 2;
            };
        }

        private int decodedLength(String line, int position) {
            boolean wide = style == Style.DOUBLE_QUOTED && line.startsWith("\\U", position);
            return wide ? Character.charCount(Integer.parseInt(line, position + 2, position + 10, 16)) : 1;
        }
    }
}
