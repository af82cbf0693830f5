package dev.sluice.hook.unlearn;

import java.util.List;
import java.util.Set;

/**
 * How many phrases a text holds, word by word, folded. A plain search that shares nothing with the automaton that forbids them.
 *
 * @param all phrases looked for
 * @param said those found
 */
public record PhraseCount(int all, int said) {
    /**
     * Looks for phrases in a text.
     *
     * @param question words of it do not count, at the ends of phrases, as for the rule
     */
    public static PhraseCount of(List<Phrase> phrases, String question, String text) {
        Set<String> asked = Words.keys(question);
        List<String> words = keys(text);
        List<String> left = HardPhrases.without(phrases, asked);
        int said = 0;
        for (String phrase : left) {
            said += holds(words, keys(phrase)) ? 1 : 0;
        }
        return new PhraseCount(left.size(), said);
    }

    private static List<String> keys(String text) {
        return Words.of(text).stream().map(Words.Word::key).toList();
    }

    private static boolean holds(List<String> words, List<String> phrase) {
        for (int i = 0; i + phrase.size() <= words.size(); i++) {
            if (words.subList(i, i + phrase.size()).equals(phrase)) {
                return true;
            }
        }
        return false;
    }
}
