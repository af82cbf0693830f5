package dev.sluice.hook.phrase;

import com.ibm.icu.text.UnicodeSet;
import dev.sluice.decode.RuleId;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses the regular expressions of pattern rules.
 *
 * <p>Literals, escapes ({@code \t \n \r \f \xHH \}{@code uHHHH \x{H…}}), {@code .}, classes with ranges, negation and
 * {@code \p{…}}, {@code \d \w \s} and their complements (of all Unicode), {@code \b \B ^ $ \A \z}, groups of any kind as
 * plain grouping, alternation, {@code * + ? {m,n}} greedy or lazy, {@code (?i)} and {@code (?-i)}. What no automaton can
 * do (backreferences, look-around) and what only makes sense for a backtracking matcher (possessive quantifiers, atomic
 * groups) is refused with its offset.
 */
final class RegexParser {
    /** Most nodes of one rule's automaton. */
    static final int MOST_NODES = 10_000;

    private static final int DEEPEST = 100;
    private static final int END = -1;

    private final RuleId rule;
    private final String text;
    private final CharacterSets sets;
    private int at;
    private int depth;
    private boolean ignoreCase;

    private RegexParser(RuleId rule, String text, View view) {
        this.rule = rule;
        this.text = text;
        this.sets = new CharacterSets(view);
    }

    /**
     * Parses a pattern.
     *
     * @throws PhraseException if it is no pattern that an automaton can match
     */
    static Regex parse(RuleId rule, String pattern, View view) {
        RegexParser parser = new RegexParser(rule, pattern, view);
        Regex regex = parser.choice();
        if (parser.peek() == ')') {
            throw parser.syntax("')' closes no group; write \\) for the character", parser.at);
        }
        return regex;
    }

    private Regex choice() {
        boolean caseBefore = ignoreCase;
        List<Regex> branches = new ArrayList<>(List.of(sequence()));
        while (peek() == '|') {
            at++;
            branches.add(sequence());
        }
        ignoreCase = caseBefore;
        return branches.size() == 1 ? branches.get(0) : new Regex.Choice(List.copyOf(branches));
    }

    private Regex sequence() {
        List<Regex> parts = new ArrayList<>();
        while (peek() != END && peek() != '|' && peek() != ')') {
            int from = at;
            Regex atom = atom();
            parts.add(quantified(atom, from));
        }
        return parts.size() == 1 ? parts.get(0) : new Regex.Sequence(List.copyOf(parts));
    }

    private Regex atom() {
        int from = at;
        int c = next();
        return switch (c) {
            case '.' -> sets.any();
            case '^' -> new Regex.Assertion(Gap.BEGINNING);
            case '$' -> new Regex.Assertion(Gap.END);
            case '(' -> group(from);
            case '[' -> characterClass(from);
            case '\\' -> escape(from);
            case '*', '+', '?', '{' ->
                throw syntax(
                        "a quantifier needs something to repeat; write \\" + (char) c + " for the character", from);
            default -> sets.literal(c, ignoreCase);
        };
    }

    private Regex quantified(Regex atom, int from) {
        Regex result = atom;
        int quantifier = at;
        while (true) {
            int least;
            int most;
            switch (peek()) {
                case '*' -> {
                    at++;
                    least = 0;
                    most = Regex.UNBOUNDED;
                }
                case '+' -> {
                    at++;
                    least = 1;
                    most = Regex.UNBOUNDED;
                }
                case '?' -> {
                    at++;
                    least = 0;
                    most = 1;
                }
                case '{' -> {
                    at++;
                    least = number();
                    most = least;
                    if (peek() == ',') {
                        at++;
                        most = peek() == '}' ? Regex.UNBOUNDED : number();
                    }
                    expect('}');
                    if (most < least) {
                        throw syntax("{" + least + "," + most + "} repeats from more to less", quantifier);
                    }
                }
                default -> {
                    return result;
                }
            }
            if (result instanceof Regex.Assertion) {
                throw syntax("an assertion cannot be repeated", from);
            }
            if (peek() == '+') {
                throw refused(
                        "phrase.possessive",
                        "possessive quantifiers only steer a backtracking matcher; leave the '+' out",
                        at);
            }
            if (peek() == '?') {
                at++;
            }
            result = new Regex.Repeat(result, least, most);
            if (result.size() > MOST_NODES) {
                throw refused(
                        "phrase.too-large",
                        "repeats spell out to " + result.size() + " automaton nodes, at most " + MOST_NODES
                                + "; lower the counts",
                        quantifier);
            }
        }
    }

    private Regex group(int from) {
        if (++depth > DEEPEST) {
            throw refused("phrase.too-large", "groups nest deeper than " + DEEPEST + "; flatten the pattern", from);
        }
        boolean caseBefore = ignoreCase;
        if (peek() == '?') {
            at++;
            if (lookingAt("=") || lookingAt("!") || lookingAt("<=") || lookingAt("<!")) {
                throw refused(
                        "phrase.lookaround",
                        "look-around cannot be streamed; use \\b, whole-word or a longer pattern",
                        from);
            } else if (lookingAt(">")) {
                throw refused("phrase.atomic", "atomic groups only steer a backtracking matcher; write (?:", from);
            } else if (lookingAt("<")) {
                at = text.indexOf('>', at) + 1;
                if (at == 0) {
                    throw syntax("the group's name has no '>'", from);
                }
            } else if (flags(from)) {
                depth--;
                return new Regex.Empty();
            }
        }
        Regex inner = choice();
        if (peek() != ')') {
            throw syntax("the group has no ')'", from);
        }
        at++;
        depth--;
        ignoreCase = caseBefore;
        return inner;
    }

    /** Reads {@code i}, {@code -i} or nothing; true if they hold for the rest of the enclosing group. */
    private boolean flags(int from) {
        boolean on = true;
        while (true) {
            int c = peek() == END ? END : next();
            switch (c) {
                case '-' -> on = false;
                case 'i' -> ignoreCase = on;
                case ':' -> {
                    return false;
                }
                case ')' -> {
                    return true;
                }
                default -> throw syntax("of the (?…) forms only (?:, (?<name>, (?i) and (?-i) are known", from);
            }
        }
    }

    private Regex escape(int from) {
        int c = next();
        return switch (c) {
            case 'b' -> new Regex.Assertion(Gap.BOUNDARY);
            case 'B' -> new Regex.Assertion(Gap.NO_BOUNDARY);
            case 'A' -> new Regex.Assertion(Gap.BEGINNING);
            case 'z' -> new Regex.Assertion(Gap.END);
            case 'd', 'w', 's', 'D', 'W', 'S', 'p', 'P' ->
                sets.oneOf(shorthand(c, from), Character.isUpperCase(c), ignoreCase);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9', 'k' ->
                throw refused(
                        "phrase.backreference", "backreferences cannot be matched by an automaton; spell it out", from);
            default -> sets.literal(escaped(c, from), ignoreCase);
        };
    }

    /** The set that {@code \d}, {@code \p{…}} and so on name, whatever the case of the letter. */
    private UnicodeSet shorthand(int letter, int from) {
        return switch (Character.toLowerCase(letter)) {
            case 'd' -> CharacterSets.DIGIT;
            case 'w' -> CharacterSets.WORD;
            case 's' -> CharacterSets.SPACE;
            default -> property(from);
        };
    }

    private UnicodeSet property(int from) {
        String name;
        if (peek() == '{') {
            int close = text.indexOf('}', at);
            if (close < 0) {
                throw syntax("the property has no '}'", from);
            }
            name = text.substring(at + 1, close);
            at = close + 1;
        } else {
            name = Character.toString(next());
        }
        String known = name.startsWith("Is") ? name.substring(2) : name;
        try {
            return new UnicodeSet("\\p{" + known + "}").removeAllStrings();
        } catch (IllegalArgumentException e) {
            throw syntax("\\p{" + name + "} is no Unicode property", from);
        }
    }

    private int escaped(int c, int from) {
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'u' -> hexadecimal(4, from);
            case 'x' -> {
                if (peek() != '{') {
                    yield hexadecimal(2, from);
                }
                at++;
                int close = text.indexOf('}', at);
                int code = hexadecimal(Math.max(close - at, 0), from);
                at++;
                yield code;
            }
            default -> {
                if (c < 0x80 && Character.isLetterOrDigit(c)) {
                    throw syntax("\\" + (char) c + " is no escape that is known here", from);
                }
                yield c;
            }
        };
    }

    private int hexadecimal(int digits, int from) {
        int code = 0;
        if (digits < 1 || digits > 6 || at + digits > text.length()) {
            throw syntax("the escape needs hexadecimal digits", from);
        }
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(text.charAt(at++), 16);
            code = code << 4 | digit;
            if (digit < 0 || !Character.isValidCodePoint(code)) {
                throw syntax("the escape needs hexadecimal digits of a code point", from);
            }
        }
        return code;
    }

    private Regex characterClass(int from) {
        UnicodeSet set = new UnicodeSet();
        boolean negated = peek() == '^';
        if (negated) {
            at++;
        }
        boolean first = true;
        while (first || peek() != ']') {
            first = false;
            int start = at;
            int low = member(set, from);
            if (low == END) {
                continue;
            }
            int high = low;
            if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                high = member(new UnicodeSet(), from);
                if (high < low) {
                    throw syntax("the range ends before it begins", start);
                }
            }
            set.add(low, high);
        }
        at++;
        return sets.oneOf(set, negated, ignoreCase);
    }

    /** Reads one member of a class: its code point, or {@link #END} after adding a named set. */
    private int member(UnicodeSet set, int from) {
        int start = at;
        if (peek() == END) {
            throw syntax("the class has no ']'", from);
        }
        int c = next();
        if (c == '[' || (c == '&' && peek() == '&')) {
            throw syntax("classes cannot be nested or intersected; write \\" + (char) c + " for the character", start);
        }
        if (c != '\\') {
            return c;
        }
        int letter = next();
        if ("dwspDWSP".indexOf(letter) < 0) {
            return escaped(letter, start);
        }
        UnicodeSet named = new UnicodeSet(shorthand(letter, start));
        set.addAll(Character.isUpperCase(letter) ? named.complement() : named);
        return END;
    }

    private int number() {
        int from = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == from || at - from > 6) {
            throw syntax("a quantifier needs a count of one to six digits; write \\{ for the character", from);
        }
        return Integer.parseInt(text, from, at, 10);
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw syntax("'" + wanted + "' is missing", at);
        }
        at++;
    }

    private boolean lookingAt(String wanted) {
        return text.startsWith(wanted, at);
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private int next() {
        if (at >= text.length()) {
            throw syntax("the pattern ends too early", at);
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private PhraseException syntax(String message, int offset) {
        return refused("phrase.syntax", message, offset);
    }

    private PhraseException refused(String code, String message, int offset) {
        return new PhraseException(
                rule, code, "pattern of rule " + rule + ", at character " + (offset + 1) + ": " + message, offset);
    }
}
