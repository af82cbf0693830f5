package dev.sluice.hook.unlearn;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.unlearn.Words.Word;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Phrases as rules of the phrase hook: {@code folded}, so that every tokenisation, case and run of spaces is covered, and
 * with {@code rewind}, so that not even the beginning of a phrase is seen.
 *
 * <p>Phrases of one short word must stand as whole words; longer ones are found within words too, so that an ending changes
 * nothing. Where words are joined by hyphens or the like, the phrase is also forbidden with a space there, and with nothing.
 */
final class HardPhrases {
    private static final int REWINDS = 64;
    private static final int LONG = 6;

    private HardPhrases() {}

    /**
     * Drops what the user said: words of the prompt, and then stop words, at both ends of each phrase.
     *
     * @param said keys of the words of the prompt; none if they are to be forbidden all the same
     * @return phrases that still say something, each once, in order
     */
    static List<String> without(List<Phrase> phrases, Set<String> said) {
        Set<String> left = new LinkedHashSet<>();
        for (Phrase phrase : phrases) {
            List<Word> words = Words.of(phrase.text());
            int first = 0;
            int end = words.size();
            while (first < end && isSaid(words.get(first), said)) {
                first++;
            }
            while (first < end && isSaid(words.get(end - 1), said)) {
                end--;
            }
            if (first < end) {
                left.add(phrase.text()
                        .substring(words.get(first).start(), words.get(end - 1).end()));
            }
        }
        return List.copyOf(left);
    }

    private static boolean isSaid(Word word, Set<String> said) {
        return said.contains(word.key()) || !word.isContent();
    }

    /**
     * The beginning of a phrase that counts as the whole: {@code ratio} of its words, rounded up, and as many more as it takes
     * to say something.
     *
     * @param ratio in (0, 1]
     */
    static String beginning(String phrase, double ratio) {
        List<Word> words = Words.of(phrase);
        int taken = (int) Math.ceil(ratio * words.size() - 1e-9);
        while (taken < words.size() && words.subList(0, taken).stream().noneMatch(Word::isContent)) {
            taken++;
        }
        return taken == words.size()
                ? phrase
                : phrase.substring(0, words.get(taken - 1).end());
    }

    /** Compiles phrases, or gives a hook without rules where there are none. */
    static PhraseHook compile(RuleId id, List<String> phrases, double ratio) {
        Set<String> whole = new LinkedHashSet<>();
        Set<String> anywhere = new LinkedHashSet<>();
        for (String phrase : phrases) {
            String beginning = beginning(phrase, ratio);
            boolean isLong = Words.of(beginning).stream()
                            .mapToLong(word -> Words.letters(word.key()))
                            .sum()
                    >= LONG;
            (isLong ? anywhere : whole).addAll(spellings(beginning));
        }
        List<PhraseRule> rules = new ArrayList<>();
        if (!anywhere.isEmpty()) {
            rules.add(rule(id, anywhere, false));
        }
        if (!whole.isEmpty()) {
            rules.add(rule(id, whole, true));
        }
        return PhraseHook.compile(rules);
    }

    private static PhraseRule rule(RuleId id, Set<String> strings, boolean wholeWord) {
        return new PhraseRule(
                id,
                List.copyOf(strings),
                null,
                PhraseRule.Match.FOLDED,
                PhraseRule.OnMatch.REWIND,
                wholeWord,
                null,
                REWINDS);
    }

    /** As written, and where something but blanks joins words, with a space and with nothing instead. */
    private static Set<String> spellings(String phrase) {
        List<Word> words = Words.of(phrase);
        StringBuilder spaced = new StringBuilder();
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            String gap = i == 0
                    ? ""
                    : phrase.substring(words.get(i - 1).end(), words.get(i).start());
            String word = phrase.substring(words.get(i).start(), words.get(i).end());
            spaced.append(i == 0 ? "" : " ").append(word);
            joined.append(gap.isBlank() ? gap : "").append(word);
        }
        Set<String> spellings = new LinkedHashSet<>(List.of(phrase, spaced.toString()));
        spellings.add(joined.toString());
        return spellings;
    }
}
