package dev.sluice.hook.unlearn;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Cuts texts into words: runs of letters, marks and digits, with an apostrophe and what follows it in English
 * ({@code author's}). Hyphens and all else separate. Pure; knows no locale.
 */
final class Words {
    private Words() {}

    /**
     * A word in a text.
     *
     * @param start its first code unit
     * @param end behind its last, any {@code 's} left out
     * @param key as compared: folded
     * @param capital whether it begins with a capital letter
     * @param opens whether it begins a sentence
     */
    record Word(int start, int end, String key, boolean capital, boolean opens) {
        /** Whether there is a digit in it. */
        boolean hasDigit() {
            return key.chars().anyMatch(c -> c >= '0' && c <= '9');
        }

        /** Whether it says something of a subject: no stop word, and at least three letters or a digit. */
        boolean isContent() {
            return !StopWords.contains(key) && (key.codePointCount(0, key.length()) >= 3 || hasDigit());
        }
    }

    /** The words of a text, in order. */
    static List<Word> of(String text) {
        List<Word> words = new ArrayList<>();
        boolean opens = true;
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            if (!isPart(point)) {
                opens |= point == '.' || point == '!' || point == '?' || point == '\n';
                at += Character.charCount(point);
                continue;
            }
            int end = run(text, at);
            boolean capital = Character.isUpperCase(point) || Character.isTitleCase(point);
            words.add(new Word(at, end, fold(text.substring(at, end)), capital, opens));
            opens = false;
            at = behindPossessive(text, end);
        }
        return words;
    }

    /** The keys of the words of a text, each once, in order. */
    static Set<String> keys(String text) {
        Set<String> keys = new LinkedHashSet<>();
        of(text).forEach(word -> keys.add(word.key()));
        return keys;
    }

    /** Whether a character belongs to a word. */
    static boolean isPart(int point) {
        return Character.isLetterOrDigit(point)
                || switch (Character.getType(point)) {
                    case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
                    default -> false;
                };
    }

    /** A word as it is compared: without marks, in small letters, compatibility forms resolved. */
    static String fold(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        if (lower.chars().allMatch(c -> c < 0x80)) {
            return lower;
        }
        StringBuilder folded = new StringBuilder();
        Normalizer.normalize(lower, Normalizer.Form.NFKD)
                .codePoints()
                .filter(point -> Character.getType(point) != Character.NON_SPACING_MARK)
                .forEach(folded::appendCodePoint);
        return folded.toString().toLowerCase(Locale.ROOT);
    }

    /** Letters of a word. */
    static long letters(String word) {
        return word.codePoints().filter(Character::isLetter).count();
    }

    private static int run(String text, int from) {
        int at = from;
        while (at < text.length() && isPart(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at;
    }

    /** Behind an apostrophe and the letters after it, which belong to no other word. */
    private static int behindPossessive(String text, int end) {
        boolean apostrophe = end + 1 < text.length() && (text.charAt(end) == '\'' || text.charAt(end) == '\u2019');
        if (!apostrophe || !Character.isLetter(text.codePointAt(end + 1))) {
            return end;
        }
        int behind = run(text, end + 1);
        return behind - end <= 3 ? behind : end;
    }
}
