package dev.sluice.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a policy file into its YAML documents and reads each on its own, so that a syntax error in one does not hide
 * the errors of the others.
 */
final class YamlDocuments {
    private YamlDocuments() {}

    /** The documents of a file; those without a value are left out. */
    static List<YamlDocument> parse(SourceFile source, Findings findings) {
        List<YamlDocument> documents = new ArrayList<>();
        int first = 0;
        boolean begun = false;
        for (int i = 0; i < source.lines(); i++) {
            String line = source.line(i);
            if (isMarker(line, "---") && begun) {
                read(source, first, i, findings, documents);
                first = i;
            } else if (isMarker(line, "...")) {
                read(source, first, i + 1, findings, documents);
                first = i + 1;
                begun = false;
                continue;
            }
            begun |= !line.isBlank() && !line.startsWith("#") && !line.startsWith("%");
        }
        read(source, first, source.lines(), findings, documents);
        return documents;
    }

    private static void read(SourceFile source, int first, int end, Findings findings, List<YamlDocument> documents) {
        String text = source.lines(first, end);
        try {
            YamlNode root = new YamlComposer(source, first, text, findings).compose();
            if (root != null) {
                documents.add(new YamlDocument(source, root, text));
            }
        } catch (YamlComposer.UnreadableException e) {
            findings.error(e.where(), "policy.syntax", e.text());
            documents.add(new YamlDocument(source, null, text));
        }
    }

    /** A marker at the start of a line ends a document even inside quotes and blocks (YAML 1.2, 9.1.2). */
    private static boolean isMarker(String line, String marker) {
        return line.startsWith(marker) && (line.length() == 3 || Character.isWhitespace(line.charAt(3)));
    }
}
