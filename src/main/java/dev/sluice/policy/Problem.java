package dev.sluice.policy;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong, or worth knowing, in a policy file.
 *
 * @param severity whether it stops the policies from being loaded
 * @param file the file or folder, as the user named it
 * @param line line, from 1; 0 where the whole file is meant
 * @param column code point of the line, from 1; 0 where the whole file is meant
 * @param code stable code, such as {@code policy.unknown-key}
 * @param message what, bound, given, next step; one line
 * @param suggestion what was probably meant, or null
 * @param excerpt the source line and an underline; empty where there is none
 */
public record Problem(
        Severity severity,
        String file,
        int line,
        int column,
        String code,
        String message,
        @Nullable String suggestion,
        String excerpt) {

    /** Order in which people read: by file, then by position. */
    static final Comparator<Problem> IN_FILE_ORDER = Comparator.comparing(Problem::file)
            .thenComparingInt(Problem::line)
            .thenComparingInt(Problem::column)
            .thenComparing(Problem::severity)
            .thenComparing(Problem::code);

    /** How much a problem matters. */
    public enum Severity {
        /** Nothing is loaded. */
        ERROR,
        /** Loaded, but probably not what was meant. */
        WARNING,
        /** Loaded, and worth knowing. */
        INFO
    }

    /** A problem with a whole file or folder. */
    static Problem ofFile(String file, String code, String message) {
        return new Problem(Severity.ERROR, file, 0, 0, code, message, null, "");
    }

    /**
     * {@code FILE:LINE:COLUMN: CODE: what, did you mean "x"?}, then the excerpt on lines of its own. Warnings and
     * remarks say so before the code.
     */
    public String render() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line).append(':').append(column);
        }
        text.append(": ");
        switch (severity) {
            case ERROR -> {}
            case WARNING -> text.append("warning: ");
            case INFO -> text.append("info: ");
        }
        text.append(code).append(": ").append(message);
        if (suggestion != null) {
            text.append(", did you mean \"").append(suggestion).append("\"?");
        }
        if (!excerpt.isEmpty()) {
            text.append('\n').append(excerpt);
        }
        return text.toString();
    }
}
