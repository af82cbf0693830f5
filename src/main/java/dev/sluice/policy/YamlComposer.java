package dev.sluice.policy;

import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamStartEvent;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Builds the value of one YAML document from the parser's events. Only data: no tags, no merge keys. Plain scalars are
 * read by the core schema of YAML 1.2, so that {@code no} and {@code on} are text.
 */
final class YamlComposer {
    /** Deepest nesting of lists and mappings. */
    static final int MAX_DEPTH = 32;

    /** Most values in one document, aliases expanded. */
    static final int MAX_VALUES = 300_000;

    /** Most characters of a number; what is longer is text. */
    private static final int MAX_NUMBER = 40;

    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?");
    private final SourceFile source;
    private final int firstLine;
    private final String text;
    private final Findings findings;
    private final Parser parser;
    private final Map<String, YamlNode> anchors = new HashMap<>();
    private int values;

    /** A document that cannot be read; nothing more is known of it. */
    static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Span where;
        private final String text;

        private UnreadableException(Span where, String text) {
            super(text);
            this.where = where;
            this.text = text;
        }

        /** Where reading ended. */
        Span where() {
            return where;
        }

        /** Why. */
        String text() {
            return text;
        }
    }

    /**
     * A document of a file.
     *
     * @param firstLine line of the file at which the text begins
     * @param text the document
     */
    YamlComposer(SourceFile source, int firstLine, String text, Findings findings) {
        this.source = source;
        this.firstLine = firstLine;
        this.text = text;
        this.findings = findings;
        this.parser = new ParserImpl(new StreamReader(text), new LoaderOptions());
    }

    /**
     * The document's value, or null if it has none.
     *
     * @throws UnreadableException if it is no YAML, or larger than anything a policy needs
     */
    @Nullable
    YamlNode compose() {
        refuseUnprintable();
        try {
            expect(StreamStartEvent.class);
            if (!parser.checkEvent(Event.ID.DocumentStart)) {
                return null;
            }
            expect(DocumentStartEvent.class);
            YamlNode root = node(0);
            expect(DocumentEndEvent.class);
            parser.peekEvent();
            boolean empty = root instanceof Literal literal && literal.value() == null;
            return empty ? null : root;
        } catch (MarkedYAMLException e) {
            throw new UnreadableException(at(e.getProblemMark()), explain(e));
        } catch (YAMLException e) {
            throw new UnreadableException(
                    new Span(source, firstLine, 0, firstLine, 1),
                    String.valueOf(e.getMessage()).replace('\n', ' '));
        }
    }

    private YamlNode node(int depth) {
        Event event = parser.getEvent();
        Span start = span(event);
        if (depth > MAX_DEPTH) {
            throw new UnreadableException(
                    start, "lists and mappings may be nested " + MAX_DEPTH + " deep, here they go deeper");
        }
        if (event instanceof AliasEvent alias) {
            YamlNode anchored = anchors.get(alias.getAnchor());
            if (anchored == null) {
                throw new UnreadableException(start, "alias *" + alias.getAnchor() + " has no anchor before it");
            }
            count(anchored.size(), start);
            return anchored;
        }
        count(1, start);
        YamlNode node;
        if (event instanceof ScalarEvent scalar) {
            refuseTag(scalar.getTag(), start);
            node = scalar(start, scalar);
        } else if (event instanceof SequenceStartEvent sequence) {
            refuseTag(sequence.getTag(), start);
            node = sequence(start, depth);
        } else if (event instanceof MappingStartEvent mapping) {
            refuseTag(mapping.getTag(), start);
            node = mapping(start, depth);
        } else {
            throw new UnreadableException(start, "a value is missing here");
        }
        String anchor = ((NodeEvent) event).getAnchor();
        if (anchor != null) {
            anchors.put(anchor, node);
        }
        return node;
    }

    private Sequence sequence(Span start, int depth) {
        List<YamlNode> items = new ArrayList<>();
        int size = 1;
        while (!parser.checkEvent(Event.ID.SequenceEnd)) {
            YamlNode item = node(depth + 1);
            items.add(item);
            size += item.size();
        }
        return new Sequence(upTo(start, expect(SequenceEndEvent.class)), size, Collections.unmodifiableList(items));
    }

    private Mapping mapping(Span start, int depth) {
        Map<String, Mapping.Entry> entries = new LinkedHashMap<>();
        int size = 1;
        while (!parser.checkEvent(Event.ID.MappingEnd)) {
            Event keyEvent = parser.peekEvent();
            if (!(keyEvent instanceof ScalarEvent scalar)) {
                throw new UnreadableException(span(keyEvent), "a key must be text");
            }
            Span key = node(depth + 1).span();
            YamlNode value = node(depth + 1);
            size += value.size();
            Mapping.Entry earlier = entries.putIfAbsent(scalar.getValue(), new Mapping.Entry(key, value));
            if (earlier != null) {
                findings.error(
                        key,
                        "policy.duplicate-key",
                        "the key \"%s\" stands at line %d already; keep one of them"
                                .formatted(scalar.getValue(), earlier.key().line() + 1));
            }
        }
        return new Mapping(upTo(start, expect(MappingEndEvent.class)), size, Collections.unmodifiableMap(entries));
    }

    private void count(int more, Span where) {
        values += more;
        if (values > MAX_VALUES) {
            throw new UnreadableException(
                    where, "a document may hold " + MAX_VALUES + " values, aliases expanded; here it exceeds that");
        }
    }

    private void refuseTag(@Nullable String tag, Span where) {
        if (tag != null) {
            findings.error(
                    where,
                    "policy.tag",
                    "tags such as %s are not allowed; leave the tag out, and put text in quotes".formatted(tag));
        }
    }

    private void refuseUnprintable() {
        int offset = source.offsetOf(firstLine);
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (!StreamReader.isPrintable(text.codePointAt(i))) {
                throw new UnreadableException(
                        source.at(offset + i),
                        "the character U+%04X is not allowed in YAML; write it as an escape in double quotes"
                                .formatted(text.codePointAt(i)));
            }
        }
    }

    private <T extends Event> T expect(Class<T> type) {
        return type.cast(parser.getEvent());
    }

    private static YamlNode scalar(Span span, ScalarEvent scalar) {
        String value = scalar.getValue();
        if (!scalar.isPlain()) {
            return new Text(span, style(scalar), value);
        }
        return switch (value) {
            case "", "~", "null", "Null", "NULL" -> new Literal(span, null);
            case "true", "True", "TRUE" -> new Literal(span, true);
            case "false", "False", "FALSE" -> new Literal(span, false);
            default ->
                isNumber(value) ? new Literal(span, new BigDecimal(value)) : new Text(span, Text.Style.PLAIN, value);
        };
    }

    private static boolean isNumber(String value) {
        return value.length() <= MAX_NUMBER && NUMBER.matcher(value).matches();
    }

    private static Text.Style style(ScalarEvent scalar) {
        return switch (scalar.getScalarStyle()) {
            case SINGLE_QUOTED -> Text.Style.SINGLE_QUOTED;
            case DOUBLE_QUOTED, JSON_SCALAR_STYLE -> Text.Style.DOUBLE_QUOTED;
            case LITERAL, FOLDED -> Text.Style.BLOCK;
            case PLAIN -> Text.Style.PLAIN;
        };
    }

    private static String explain(MarkedYAMLException e) {
        String problem = String.valueOf(e.getProblem()).strip();
        StringBuilder message = new StringBuilder("not YAML: ").append(problem);
        if (e.getContext() != null) {
            message.append(", ").append(e.getContext().strip());
        }
        if (problem.contains("escape")) {
            message.append("; in double quotes a backslash begins an escape, so put patterns in single quotes");
        } else if (problem.contains("TAB")) {
            message.append("; indent with spaces");
        }
        return message.toString().replaceAll("\\s+", " ");
    }

    private Span at(@Nullable Mark mark) {
        return mark == null
                ? new Span(source, firstLine, 0, firstLine, 1)
                : new Span(
                        source,
                        firstLine + mark.getLine(),
                        mark.getColumn(),
                        firstLine + mark.getLine(),
                        mark.getColumn() + 1);
    }

    private Span span(Event event) {
        return upTo(at(event.getStartMark()), event);
    }

    private Span upTo(Span start, Event end) {
        Span last = at(end.getEndMark());
        return new Span(source, start.line(), start.column(), last.line(), last.column());
    }
}
