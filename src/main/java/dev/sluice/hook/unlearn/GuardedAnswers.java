package dev.sluice.hook.unlearn;

import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.model.SentenceEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What may not be said in an answer, compiled on first use for each set of phrases and kept within a bound. Thread-safe. */
final class GuardedAnswers {
    private static final int MOST_KEPT = 256;

    private final UnlearnRule rule;
    private final Map<Key, Guarded> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Guarded> eldest) {
            return size() > MOST_KEPT;
        }
    };

    GuardedAnswers(UnlearnRule rule) {
        this.rule = rule;
    }

    /**
     * What may not be said.
     *
     * @param hard the phrases
     * @param words the words of them
     */
    record Guarded(PhraseHook hard, PhraseWords words) {}

    /**
     * What it depends on.
     *
     * @param phrases without what the user said
     * @param words those of them that the user did not say
     */
    private record Key(List<String> phrases, List<String> words) {}

    /**
     * Forbids what some entries say.
     *
     * @param entries numbers of entries
     * @param said keys of words that may be said again
     */
    Guarded of(List<Integer> entries, Set<String> said, SentenceEncoder encoder) {
        List<Phrase> phrases = entries.stream()
                .flatMap(entry -> rule.index().phrases(entry).stream())
                .toList();
        List<String> left = HardPhrases.without(phrases, said);
        List<String> words = rule.semantic() == null
                ? List.of()
                : ForgetIndex.words(left).stream()
                        .filter(word -> !said.contains(word))
                        .toList();
        Key key = new Key(left, words);
        synchronized (kept) {
            Guarded known = kept.get(key);
            if (known != null) {
                return known;
            }
        }
        Guarded compiled = new Guarded(
                HardPhrases.compile(rule.id(), left, rule.ratio()), new PhraseWords(vectors(words, encoder)));
        synchronized (kept) {
            Guarded raced = kept.putIfAbsent(key, compiled);
            return raced != null ? raced : compiled;
        }
    }

    private List<float[]> vectors(List<String> words, SentenceEncoder encoder) {
        if (words.isEmpty()) {
            return List.of();
        }
        Map<String, float[]> stored = rule.index().vectors(encoder).words();
        List<float[]> vectors = new ArrayList<>();
        for (String word : words) {
            float[] vector = stored.get(word);
            vectors.add(vector != null ? vector : encoder.encode(word));
        }
        return vectors;
    }
}
