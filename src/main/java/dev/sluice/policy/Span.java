package dev.sluice.policy;

import dev.sluice.policy.Problem.Severity;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a policy file. Lines and columns count from 0, columns in code points; the end is exclusive.
 *
 * @param source the file
 * @param line first line
 * @param column first code point of it
 * @param endLine line of the end
 * @param endColumn code point of the end
 */
record Span(SourceFile source, int line, int column, int endLine, int endColumn) {

    /** What is wrong here. */
    Problem problem(Severity severity, String code, String message, @Nullable String suggestion) {
        int underlineEnd = endLine == line ? endColumn : Integer.MAX_VALUE;
        return new Problem(
                severity,
                source.name(),
                line + 1,
                column + 1,
                code,
                message,
                suggestion,
                source.excerpt(line, column, underlineEnd));
    }

    /** {@code FILE:LINE}, to name a second place in a message. */
    String place() {
        return source.name() + ":" + (line + 1);
    }
}
