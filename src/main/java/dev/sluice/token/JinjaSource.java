package dev.sluice.token;

import dev.sluice.token.TokenizerException.Code;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A template's source, rewritten so that jinjava renders it as Jinja does where the two differ.
 *
 * <p>White space is settled here: Jinja's {@code trim_blocks} and {@code lstrip_blocks}, which chat templates are written
 * for, the signs {@code -} and {@code +} at tags and comments, and the line break at the end of the source, which does not
 * count. Comments go. {@code not x is defined} becomes {@code x is not defined}, which jinjava reads otherwise, and {@code x[::-1]}
 * becomes {@code x|reverse}. A loop with a
 * condition, whose condition jinjava would skip, is refused.
 */
final class JinjaSource {
    private static final Pattern RAW_END = Pattern.compile("\\{%[-+]?\\s*endraw\\s*[-+]?%}");
    private static final Pattern NEGATED_TEST = Pattern.compile(
            "\\bnot\\s+([A-Za-z_][\\w.]*)\\s+is\\s+(defined|none|undefined|string|mapping|true|false)\\b");

    private static final Pattern REVERSED = Pattern.compile("([A-Za-z_][\\w.]*)\\[\\s*::\\s*-1\\s*\\]");

    private final String source;
    private final StringBuilder rewritten = new StringBuilder();
    /** Where text begins: after a tag, and what that tag took from it. */
    private int at;

    private JinjaSource(String source) {
        this.source = source;
    }

    /** The rewritten source; throws {@link TokenizerException} if it is not a template. */
    static String rewrite(String source) {
        String body = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
        return new JinjaSource(body).rewrite();
    }

    private String rewrite() {
        while (at < source.length()) {
            int open = nextOpen(at);
            if (open < 0) {
                rewritten.append(source, at, source.length());
                break;
            }
            char kind = source.charAt(open + 1);
            int close = kind == '#' ? source.indexOf("#}", open + 2) : closeOf(open, kind);
            if (close < 0) {
                throw new TokenizerException(
                        Code.TEMPLATE_INVALID,
                        "the chat template has a tag that does not end: it is broken, use another conversion of the model");
            }
            boolean signBefore = isSign(source.charAt(open + 2)) && open + 2 < close;
            boolean signAfter = isSign(source.charAt(close - 1)) && close - 1 > open + (signBefore ? 2 : 1);
            appendText(open, kind, signBefore ? source.charAt(open + 2) : ' ');
            String inside = source.substring(open + (signBefore ? 3 : 2), close - (signAfter ? 1 : 0));
            at = close + 2;
            skip(kind, signAfter ? source.charAt(close - 1) : ' ');
            appendTag(kind, inside);
        }
        return rewritten.toString();
    }

    /** The text before a tag, less what the tag takes. */
    private void appendText(int open, char kind, char sign) {
        int end = open;
        if (sign == '-') {
            while (end > at && Character.isWhitespace(source.charAt(end - 1))) {
                end--;
            }
        } else if (kind != '{' && sign != '+') {
            int start = open;
            while (start > at && (source.charAt(start - 1) == ' ' || source.charAt(start - 1) == '\t')) {
                start--;
            }
            boolean lineStart = start == 0 || source.charAt(start - 1) == '\n';
            end = lineStart ? start : open;
        }
        rewritten.append(source, at, end);
    }

    /** Passes over what a tag takes of the text behind it. */
    private void skip(char kind, char sign) {
        if (sign == '-') {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                at++;
            }
        } else if (kind != '{' && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
    }

    private void appendTag(char kind, String inside) {
        if (kind == '#') {
            return;
        }
        if (kind == '%' && inside.strip().equals("raw")) {
            Matcher end = RAW_END.matcher(source);
            if (!end.find(at)) {
                throw new TokenizerException(
                        Code.TEMPLATE_INVALID, "the chat template has a raw block that does not end: it is broken");
            }
            rewritten.append("{% raw %}").append(source, at, end.start()).append("{% endraw %}");
            at = end.end();
            return;
        }
        if (kind == '%' && isFilteredLoop(inside)) {
            throw new TokenizerException(
                    Code.TEMPLATE_INVALID,
                    "the chat template has a loop with a condition (for ... in ... if ...), which is not implemented: put"
                            + " the condition inside the loop");
        }
        String code = NEGATED_TEST.matcher(inside).replaceAll("$1 is not $2");
        code = REVERSED.matcher(code).replaceAll("$1|reverse");
        rewritten
                .append('{')
                .append(kind)
                .append(code)
                .append(kind == '{' ? '}' : kind)
                .append('}');
    }

    private static boolean isFilteredLoop(String inside) {
        int in = inside.strip().startsWith("for ") ? inside.indexOf(" in ") : -1;
        int condition = in < 0 ? -1 : inside.indexOf(" if ", in);
        return condition >= 0 && inside.indexOf(" else ", condition) < 0;
    }

    private int nextOpen(int from) {
        for (int open = source.indexOf('{', from);
                open >= 0 && open + 2 < source.length();
                open = source.indexOf('{', open + 1)) {
            if ("{%#".indexOf(source.charAt(open + 1)) >= 0) {
                return open;
            }
        }
        return -1;
    }

    /** Where a tag's closing sign stands, outside of its strings. */
    private int closeOf(int open, char kind) {
        char first = kind == '{' ? '}' : kind;
        char quote = 0;
        int braces = 0;
        for (int i = open + 2; i + 1 < source.length(); i++) {
            char character = source.charAt(i);
            if (quote != 0) {
                if (character == '\\') {
                    i++;
                } else if (character == quote) {
                    quote = 0;
                }
            } else if (character == '\'' || character == '"') {
                quote = character;
            } else if (character == first && source.charAt(i + 1) == '}' && braces == 0) {
                return i;
            } else if (character == '{') {
                braces++;
            } else if (character == '}') {
                braces--;
            }
        }
        return -1;
    }

    private static boolean isSign(char character) {
        return character == '-' || character == '+';
    }
}
