package dev.sluice.policy;

import com.networknt.schema.Error;
import com.networknt.schema.path.NodePath;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds a document against the schema and reports every mistake once, where it stands in the file.
 *
 * <p>One mistake can violate several keywords: a misspelled key is unknown, and the right one missing. So violations are
 * taken in order of how much they explain, and each claims the values and keys that it explains.
 */
final class SchemaCheck {
    private static final List<String> EXPLAINING_FIRST =
            List.of("additionalProperties", "type", "enum", "const", "oneOf", "required", "dependentRequired");
    private static final Set<String> HEAD = Set.of("kind", "apiVersion");
    private final PolicySchema schema;
    private final SchemaWording wording;

    SchemaCheck(PolicySchema schema) {
        this.schema = schema;
        this.wording = new SchemaWording(schema);
    }

    /** Reports what is wrong with a document, and marks every value that holds a mistake as faulty. */
    void check(YamlNode document, Findings findings) {
        List<Violation> violations = new ArrayList<>();
        for (Error error : schema.validate(document.json())) {
            if (!error.getEvaluationPath().contains("oneOf")
                    || error.getKeyword().equals("oneOf")) {
                violations.add(violation(error, document));
            }
        }
        violations.sort(Comparator.comparingInt(violation -> {
            int rank = EXPLAINING_FIRST.indexOf(violation.error().getKeyword());
            return rank < 0 ? EXPLAINING_FIRST.size() : rank;
        }));
        if (violations.stream().anyMatch(SchemaCheck::leavesKindOpen)) {
            violations.removeIf(violation -> !concernsHead(violation));
        }
        Set<String> claimed = new HashSet<>();
        for (Violation violation : violations) {
            violation.path().forEach(findings::markFaulty);
            if (violation.claims().stream().noneMatch(claimed::contains)) {
                findings.error(violation.where(), violation.code(), violation.message(), violation.suggestion());
            }
            claimed.addAll(violation.claims());
        }
    }

    /**
     * A violated keyword, put in words.
     *
     * @param error what the validator says
     * @param path values from the document to the one at fault
     * @param where what to underline
     * @param claims values and missing keys that this explains, as pointers
     */
    private record Violation(
            Error error,
            List<YamlNode> path,
            Span where,
            String code,
            String message,
            @Nullable String suggestion,
            List<String> claims) {}

    private Violation violation(Error error, YamlNode document) {
        NodePath location = error.getInstanceLocation();
        List<YamlNode> path = new ArrayList<>(List.of(document));
        YamlNode node = document;
        Span where = spanOf(document);
        for (int i = 0; i < location.getNameCount(); i++) {
            Object element = location.getElement(i);
            if (node instanceof Mapping mapping) {
                Mapping.Entry entry = mapping.entries().get(element.toString());
                if (entry == null) {
                    break;
                }
                node = entry.value();
                where = isEmpty(node) ? entry.key() : spanOf(node);
            } else if (node instanceof Sequence sequence) {
                node = sequence.items().get(Integer.parseInt(element.toString()));
                where = spanOf(node);
            }
            path.add(node);
        }
        SchemaWording.Phrased phrased = wording.phrase(error, node);
        if (error.getKeyword().equals("additionalProperties") && node instanceof Mapping mapping) {
            Mapping.Entry entry = mapping.entries().get(error.getProperty());
            where = entry == null ? where : entry.key();
        }
        return new Violation(
                error,
                path,
                where,
                phrased.code(),
                phrased.message(),
                phrased.suggestion(),
                claims(error, phrased, location.toString(), node));
    }

    private static List<String> claims(Error error, SchemaWording.Phrased phrased, String location, YamlNode node) {
        return switch (error.getKeyword()) {
            case "additionalProperties" ->
                phrased.suggestion() == null
                        ? List.of(location + "/" + error.getProperty())
                        : List.of(location + "/" + error.getProperty(), location + "/" + phrased.suggestion());
            case "required", "dependentRequired" -> List.of(location + "/" + missingKey(error));
            case "oneOf" -> {
                List<String> alternatives = SchemaWording.alternatives(error.getSchemaNode());
                boolean none = node instanceof Mapping mapping
                        && alternatives.stream().noneMatch(mapping.entries()::containsKey);
                yield none
                        ? alternatives.stream().map(key -> location + "/" + key).toList()
                        : List.of(location + "/" + String.join("|", alternatives));
            }
            default -> List.of(location);
        };
    }

    private static String missingKey(Error error) {
        return String.valueOf(error.getArguments()[0]);
    }

    /** Whether the document's kind is missing or unknown, so that nothing else can be said of it. */
    private static boolean leavesKindOpen(Violation violation) {
        Error error = violation.error();
        String location = error.getInstanceLocation().toString();
        boolean missing = location.isEmpty()
                && error.getKeyword().equals("required")
                && missingKey(error).equals("kind");
        return missing || location.equals("/kind");
    }

    private static boolean concernsHead(Violation violation) {
        Error error = violation.error();
        NodePath location = error.getInstanceLocation();
        if (location.getNameCount() > 0) {
            return HEAD.contains(location.getName(0));
        }
        return switch (error.getKeyword()) {
            case "required" -> HEAD.contains(missingKey(error));
            case "additionalProperties" -> violation.suggestion() != null && HEAD.contains(violation.suggestion());
            default -> true;
        };
    }

    private static boolean isEmpty(YamlNode node) {
        return node instanceof Literal literal && literal.value() == null;
    }

    /** A mapping in block style is underlined at its first key, everything else as a whole. */
    static Span spanOf(YamlNode node) {
        if (node instanceof Mapping mapping && !mapping.entries().isEmpty()) {
            Span first = mapping.entries().values().iterator().next().key();
            Span whole = mapping.span();
            return first.line() == whole.line() && first.column() == whole.column() ? first : whole;
        }
        return node.span();
    }

    /** The pointer of a value, as people write it: {@code spec.phrases[0].ban}. */
    static String readable(NodePath location) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < location.getNameCount(); i++) {
            Object element = location.getElement(i);
            if (element instanceof Integer index) {
                text.append('[').append(index).append(']');
            } else {
                text.append(text.isEmpty() ? "" : ".").append(element);
            }
        }
        return text.isEmpty() ? "the document" : text.toString();
    }
}
