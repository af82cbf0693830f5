package dev.sluice.hook.phrase;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The map behind {@link PhraseRule.Match#FOLDED}: from one code point to the letters it may be read as.
 *
 * <p>Compatibility decomposition (NFKD), marks, format and control characters and other default-ignorable ones dropped,
 * case folded; what is not ASCII may in addition be read as the ASCII characters that it looks like (the confusables of
 * Unicode Technical Standard 39, from ICU), as the digit whose value it has, or as the letter that its name says
 * (small capitals, regional indicators, negative circled and squared letters). ASCII is never read as anything but
 * itself, in lower case. White space of any kind is one blank.
 *
 * <p>Readings are alternatives, since capitals and small letters of another script may look like different Latin
 * letters (Greek Η like H, its small form η like n). Pure and thread-safe.
 */
final class Folding {
    private static final Normalizer2 NFKD = Normalizer2.getNFKDInstance();
    private static final SpoofChecker CONFUSABLES = new SpoofChecker.Builder().build();
    private static final Pattern NAMED = Pattern.compile(
            "(?:LATIN LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER) ([A-Z])");
    private static final int BRAILLE_BLANK = 0x2800;

    /** From a skeleton without marks to the ASCII characters that have it, folded. */
    private static final Map<String, int[]> BY_SKELETON = bySkeleton();

    private Folding() {}

    /**
     * One folded character.
     *
     * @param base what it is, before look-alikes; decides whether it belongs to a word
     * @param codes what it may be read as, the reading to prefer first; at least one
     * @param optional whether it may also be nothing: a mark that looks like a letter
     */
    record Letter(int base, int[] codes, boolean optional) {
        /** A letter that is there. */
        Letter(int base, int... codes) {
            this(base, codes, false);
        }
    }

    /** The folded characters of a code point, in order; none if it is ignorable. */
    static List<Letter> fold(int code) {
        if (isBlank(code)) {
            return List.of(new Letter(' ', ' '));
        }
        if (code < 0x80) {
            return isIgnorable(code) ? List.of() : List.of(plain(Character.toLowerCase(code)));
        }
        if (isIgnorable(code)) {
            int[] codes = lookAlikes(skeleton(code));
            return codes.length == 0 ? List.of() : List.of(new Letter(code, codes, true));
        }
        int[] bases = decompose(code);
        List<Letter> letters = new ArrayList<>(bases.length);
        for (int base : bases) {
            if (base < 0x80 && bases.length > 1) {
                letters.add(plain(base));
            } else {
                letters.addAll(readings(base, bases.length == 1 ? code : base));
            }
        }
        return letters;
    }

    /** Whether the code point is white space, or blank to the eye. */
    static boolean isBlank(int code) {
        return Character.isWhitespace(code) || UCharacter.isUWhiteSpace(code) || code == BRAILLE_BLANK;
    }

    /** Whether the code point is dropped: marks, format and control characters, default-ignorable ones. */
    static boolean isIgnorable(int code) {
        return switch (Character.getType(code)) {
            case Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.FORMAT,
                    Character.CONTROL -> true;
            default -> UCharacter.hasBinaryProperty(code, UProperty.DEFAULT_IGNORABLE_CODE_POINT);
        };
    }

    private static Letter plain(int code) {
        return new Letter(code, code);
    }

    /** NFKD, marks dropped and case folded, until nothing changes. */
    private static int[] decompose(int code) {
        String text = Character.toString(code);
        while (true) {
            String next = UCharacter.foldCase(visible(NFKD.normalize(text)), true);
            if (next.equals(text)) {
                return text.codePoints().map(c -> isBlank(c) ? ' ' : c).toArray();
            }
            text = next;
        }
    }

    private static String visible(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.codePoints().filter(c -> isBlank(c) || !isIgnorable(c)).forEach(kept::appendCodePoint);
        return kept.toString();
    }

    /** What a folded base that stood alone as {@code original} may be read as: one letter, or several as æ. */
    private static List<Letter> readings(int base, int original) {
        String skeleton = skeleton(base);
        if (base >= 0x80 && !BY_SKELETON.containsKey(skeleton) && skeleton.length() > 1 && isVisibleAscii(skeleton)) {
            return skeleton.chars()
                    .mapToObj(c -> new Letter(Character.toLowerCase(c), lookAlikes(Character.toString(c))))
                    .toList();
        }
        Set<Integer> codes = new LinkedHashSet<>();
        if (base < 0x80) {
            codes.add(base);
        } else {
            addAll(codes, lookAlikes(skeleton));
            codes.add(base);
            int digit = Character.digit(base, 10);
            if (digit >= 0) {
                codes.add('0' + digit);
            }
        }
        addAll(codes, lookAlikes(skeleton(original)));
        int named = namedLetter(original);
        if (named >= 0) {
            codes.add(named);
        }
        return List.of(
                new Letter(base, codes.stream().mapToInt(Integer::intValue).toArray()));
    }

    private static void addAll(Set<Integer> codes, int[] more) {
        for (int code : more) {
            codes.add(code);
        }
    }

    private static String skeleton(int code) {
        return visible(NFKD.normalize(CONFUSABLES.getSkeleton(Character.toString(code))));
    }

    private static boolean isVisibleAscii(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** The folded ASCII characters that look like a skeleton; none if it is of no ASCII character. */
    private static int[] lookAlikes(String skeleton) {
        int[] known = BY_SKELETON.get(skeleton);
        if (known != null) {
            return known;
        }
        return skeleton.length() == 1 && isVisibleAscii(skeleton)
                ? new int[] {Character.toLowerCase(skeleton.charAt(0))}
                : new int[0];
    }

    private static int namedLetter(int code) {
        @Nullable String name = UCharacter.getName(code);
        if (name == null) {
            return -1;
        }
        Matcher matcher = NAMED.matcher(name);
        return matcher.matches() ? Character.toLowerCase(matcher.group(1).charAt(0)) : -1;
    }

    private static Map<String, int[]> bySkeleton() {
        Map<String, LinkedHashSet<Integer>> sets = new HashMap<>();
        IntStream lettersFirst = IntStream.concat(
                IntStream.rangeClosed('a', 'z'),
                IntStream.concat(IntStream.rangeClosed('A', 'Z'), IntStream.range(0x21, 0x7F)));
        lettersFirst.forEach(c ->
                sets.computeIfAbsent(skeleton(c), key -> new LinkedHashSet<>()).add(Character.toLowerCase(c)));
        Map<String, int[]> arrays = new HashMap<>();
        sets.forEach((skeleton, codes) ->
                arrays.put(skeleton, codes.stream().mapToInt(Integer::intValue).toArray()));
        return arrays;
    }
}
