package dev.sluice.hook.phrase;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * How rules of one {@link PhraseRule.Match} level read the text: a map from each code point to symbols.
 *
 * <p>What depends on neighbours (runs of white space, words) is left to {@link Threads}. Thread-safe; readings of the
 * commonest code points are kept.
 */
final class View {
    private static final int MOST_KEPT = 1 << 16;

    private static final int[] NO_CODES = {};

    private static final View EXACT = new View(PhraseRule.Match.EXACT);
    private static final View FOLDED = new View(PhraseRule.Match.FOLDED);
    private static final View LOOSE = new View(PhraseRule.Match.LOOSE);

    /** The level. */
    final PhraseRule.Match match;

    private final Symbol[][] ascii = new Symbol[0x80][];
    private final Map<Integer, Symbol[]> others = new ConcurrentHashMap<>();

    private View(PhraseRule.Match match) {
        this.match = match;
        for (int code = 0; code < ascii.length; code++) {
            ascii[code] = translate(code);
        }
    }

    /** The view of a level. */
    static View of(PhraseRule.Match match) {
        return switch (match) {
            case EXACT -> EXACT;
            case FOLDED -> FOLDED;
            case LOOSE -> LOOSE;
        };
    }

    /** The symbols of a code point of the text; shared, not to be written to. */
    Symbol[] read(int code) {
        if (code < ascii.length) {
            return ascii[code];
        }
        Symbol[] known = others.get(code);
        if (known != null) {
            return known;
        }
        Symbol[] symbols = translate(code);
        if (others.size() < MOST_KEPT) {
            others.put(code, symbols);
        }
        return symbols;
    }

    /**
     * The characters that a code point of a rule stands for.
     *
     * <p>As {@link #read}, but marks are nothing, and a digit or a sign in a loose rule is only itself: the text may disguise, the rule does not.
     */
    List<Folding.Letter> literal(int code) {
        return switch (match) {
            case EXACT -> List.of(new Folding.Letter(code, code));
            case FOLDED ->
                Folding.fold(code).stream().filter(letter -> !letter.optional()).toList();
            case LOOSE ->
                Folding.fold(code).stream()
                        .filter(letter -> isKept(letter) || swaps(letter.codes()).length > 0)
                        .toList();
        };
    }

    /** Whether the code point belongs to a word: letters, marks, decimal digits and the low line. */
    static boolean isWord(int code) {
        if (Character.isLetterOrDigit(code) || code == '_') {
            return true;
        }
        int type = Character.getType(code);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
    }

    private Symbol[] translate(int code) {
        return switch (match) {
            case EXACT -> new Symbol[] {new Symbol(new int[] {code}, isWord(code), false, false)};
            case FOLDED ->
                Folding.fold(code).stream()
                        .map(letter -> new Symbol(
                                letter.codes(), isWord(letter.base()), letter.base() == ' ', letter.optional()))
                        .toArray(Symbol[]::new);
            case LOOSE -> Folding.fold(code).stream().map(View::loosen).toArray(Symbol[]::new);
        };
    }

    private static Symbol loosen(Folding.Letter letter) {
        int[] swaps = swaps(letter.codes());
        if (isKept(letter)) {
            return new Symbol(concat(letter.codes(), swaps), Character.isLetterOrDigit(letter.base()), false, false);
        }
        boolean blank = letter.base() == ' ';
        return new Symbol(
                swaps.length > 0 || letter.optional() ? concat(letter.codes(), swaps) : NO_CODES, false, blank, true);
    }

    /** Whether the loose view keeps the character: it is, or looks like, a letter or digit. */
    private static boolean isKept(Folding.Letter letter) {
        return !letter.optional() && IntStream.of(letter.codes()).anyMatch(Character::isLetterOrDigit);
    }

    private static int[] concat(int[] codes, int[] more) {
        return IntStream.concat(IntStream.of(codes), IntStream.of(more))
                .distinct()
                .toArray();
    }

    /** The letters that digits and signs are commonly written for. */
    private static int[] swaps(int[] codes) {
        return IntStream.of(codes).flatMap(code -> swap(code).chars()).toArray();
    }

    private static String swap(int code) {
        return switch (code) {
            case '0' -> "o";
            case '1', '!', '|' -> "il";
            case '2' -> "z";
            case '3', '€' -> "e";
            case '4', '@' -> "a";
            case '5', '$' -> "s";
            case '6' -> "gb";
            case '7', '+' -> "t";
            case '8' -> "b";
            case '9' -> "g";
            default -> "";
        };
    }
}
