package dev.sluice.hook.unlearn;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** In how many texts of a collection each word, and each pair of neighbouring words, occurs. Immutable. */
public final class DocumentFrequencies {
    /** Knows no text: no word is common, and none can be called rare. */
    public static final DocumentFrequencies NONE = new DocumentFrequencies(Map.of(), 0);

    private final Map<String, Integer> counts;
    private final int documents;

    private DocumentFrequencies(Map<String, Integer> counts, int documents) {
        this.counts = counts;
        this.documents = documents;
    }

    /** Counts the questions and answers of a retain set, one text a record. */
    public static DocumentFrequencies of(List<ForgetEntry> entries) {
        Map<String, Integer> counts = new HashMap<>();
        for (ForgetEntry entry : entries) {
            Set<String> seen = new HashSet<>();
            String previous = "";
            for (Words.Word word : Words.of(entry.question() + "\n" + entry.answer())) {
                seen.add(word.key());
                seen.add(pair(previous, word.key()));
                previous = word.key();
            }
            seen.forEach(key -> counts.merge(key, 1, Integer::sum));
        }
        return new DocumentFrequencies(Map.copyOf(counts), entries.size());
    }

    /** Texts of the collection. */
    int documents() {
        return documents;
    }

    /** Two neighbouring words, as one. */
    static String pair(String first, String second) {
        return first + " " + second;
    }

    /** The inverse document frequency of a word or pair: {@code ln((1 + documents) / (1 + texts that hold it))}. */
    double idf(String key) {
        return Math.log((1.0 + documents) / (1.0 + counts.getOrDefault(key, 0)));
    }

    /** Whether few texts hold a word or pair: at most one in a hundred, and one in any case. */
    boolean isRare(String key) {
        return counts.getOrDefault(key, 0) <= Math.max(1, documents / 100);
    }
}
