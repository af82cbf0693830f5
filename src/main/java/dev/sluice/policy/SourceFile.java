package dev.sluice.policy;

import java.util.Arrays;

/** The text of one policy file, by lines, for parsing and for the excerpts of its problems. */
final class SourceFile {
    private static final int EXCERPT_WIDTH = 100;
    private final String name;
    private final String text;
    private final int[] lineStarts;

    /**
     * A file that was read.
     *
     * @param name as problems show it
     * @param text its whole text
     */
    SourceFile(String name, String text) {
        this.name = name;
        this.text = text;
        this.lineStarts = lineStarts(text);
    }

    /** The name that problems show. */
    String name() {
        return name;
    }

    /** Number of lines; at least 1. */
    int lines() {
        return lineStarts.length;
    }

    /** A line without its break, from 0; empty beyond the last. */
    String line(int line) {
        if (line >= lineStarts.length) {
            return "";
        }
        int end = offsetOf(line + 1);
        while (end > lineStarts[line] && isBreak(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(lineStarts[line], end);
    }

    /** The lines from {@code from} to {@code to}, exclusive, with their breaks. */
    String lines(int from, int to) {
        return text.substring(offsetOf(from), offsetOf(to));
    }

    /** The code unit of the text at which a line begins; the text's length beyond the last line. */
    int offsetOf(int line) {
        return line < lineStarts.length ? lineStarts[line] : text.length();
    }

    /** The line that holds a code unit of the text. */
    int lineOf(int offset) {
        int found = Arrays.binarySearch(lineStarts, offset);
        return found >= 0 ? found : -found - 2;
    }

    /** The place of a code unit of the text. */
    Span at(int offset) {
        int line = lineOf(offset);
        int column = text.codePointCount(lineStarts[line], offset);
        return new Span(this, line, column, line, column + 1);
    }

    /**
     * A line and its underline, both cut to a window around the underlined part. Control and format characters are
     * shown as U+FFFD, so that a terminal shows what is there.
     *
     * @param line from 0
     * @param column first underlined code point, from 0
     * @param endColumn code point after the last underlined one; beyond the line's end is cut
     */
    String excerpt(int line, int column, int endColumn) {
        int[] points = line(line).codePoints().map(SourceFile::visible).toArray();
        int start = Math.min(column, points.length);
        int from = Math.max(0, Math.min(start - EXCERPT_WIDTH / 2, points.length - EXCERPT_WIDTH));
        int to = Math.min(points.length, from + EXCERPT_WIDTH);
        int carets = Math.max(1, Math.min(endColumn, to) - start);
        String number = "%5d".formatted(line + 1);
        StringBuilder underline = new StringBuilder(" ".repeat(number.length())).append(" | ");
        for (int i = from; i < start; i++) {
            underline.append(points[i] == '\t' ? '\t' : ' ');
        }
        return number + " | " + new String(points, from, to - from) + "\n" + underline + "^".repeat(carets);
    }

    /** The code point as a terminal may show it. */
    static int visible(int point) {
        return point != '\t' && (Character.isISOControl(point) || Character.getType(point) == Character.FORMAT)
                ? 0xFFFD
                : point;
    }

    /** Splits where the YAML parser counts lines, so that its marks point into these. */
    private static int[] lineStarts(String text) {
        int[] starts = new int[16];
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean insideCrLf = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            if (isBreak(c) && !insideCrLf) {
                if (count == starts.length) {
                    starts = Arrays.copyOf(starts, count * 2);
                }
                starts[count++] = i + 1;
            }
        }
        return Arrays.copyOf(starts, count);
    }

    private static boolean isBreak(char c) {
        return c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029';
    }
}
