package dev.sluice.hook.unlearn;

import dev.sluice.model.SentenceEncoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be forgotten, ready to be looked up: the phrases of each answer, and vectors of questions, answers and the words
 * of phrases. Thread-safe; vectors that do not come with it are computed on first use, some milliseconds each, and kept.
 */
public final class ForgetIndex {
    private final List<ForgetEntry> entries;
    private final List<List<Phrase>> phrases;
    private volatile @Nullable Vectors vectors;

    /**
     * Vectors of unit length, by one encoder.
     *
     * @param encoder its {@link SentenceEncoder#fingerprint}
     * @param questions one an entry
     * @param answers one an entry
     * @param words of the words of phrases, by their keys; none need be there
     */
    public record Vectors(String encoder, List<float[]> questions, List<float[]> answers, Map<String, float[]> words) {}

    /**
     * An entry that was found.
     *
     * @param entry its number
     * @param score the greatest cosine between its question or answer and what was looked up
     */
    public record Hit(int entry, double score) {}

    private ForgetIndex(List<ForgetEntry> entries, List<List<Phrase>> phrases, @Nullable Vectors vectors) {
        this.entries = entries;
        this.phrases = phrases;
        this.vectors = vectors;
    }

    /** An index of a forget set, whose phrases are told by what is to be kept. */
    public static ForgetIndex of(List<ForgetEntry> forget, DocumentFrequencies kept) {
        PhraseExtractor extractor = new PhraseExtractor(kept);
        return new ForgetIndex(
                List.copyOf(forget),
                forget.stream().map(entry -> extractor.extract(entry.answer())).toList(),
                null);
    }

    /**
     * An index that was stored, without the texts.
     *
     * @param phrases of each entry
     * @param vectors of as many entries
     */
    public static ForgetIndex stored(List<List<Phrase>> phrases, Vectors vectors) {
        if (vectors.questions().size() != phrases.size() || vectors.answers().size() != phrases.size()) {
            throw new IllegalArgumentException("a forget index of " + phrases.size()
                    + " entries has as many vectors of questions and answers, but has "
                    + vectors.questions().size() + " and " + vectors.answers().size());
        }
        return new ForgetIndex(List.of(), List.copyOf(phrases), vectors);
    }

    /** Entries in it. */
    public int size() {
        return phrases.size();
    }

    /** The phrases of an entry's answer, the most telling first. */
    public List<Phrase> phrases(int entry) {
        return phrases.get(entry);
    }

    /** Code points of the longest phrase; 0 where there is none. */
    int longestPhrase() {
        return phrases.stream()
                .flatMap(List::stream)
                .mapToInt(
                        phrase -> phrase.text().codePointCount(0, phrase.text().length()))
                .max()
                .orElse(0);
    }

    /** The vectors, which must be there. */
    Vectors vectors() {
        return Objects.requireNonNull(vectors, "the vectors of the index were not computed");
    }

    /**
     * The vectors, computed where they are not there yet.
     *
     * @throws IllegalStateException if they were stored, and made by another encoder
     */
    public Vectors vectors(SentenceEncoder encoder) {
        Vectors known = vectors;
        if (known == null) {
            known = compute(encoder);
        }
        if (!known.encoder().equals(encoder.fingerprint())) {
            throw new IllegalStateException("the forget index was made by the sentence encoder " + known.encoder()
                    + ", but the one in use is " + encoder.fingerprint() + "; make it again with train router");
        }
        return known;
    }

    private synchronized Vectors compute(SentenceEncoder encoder) {
        Vectors raced = vectors;
        if (raced != null) {
            return raced;
        }
        List<float[]> questions = new ArrayList<>();
        List<float[]> answers = new ArrayList<>();
        for (ForgetEntry entry : entries) {
            questions.add(encoder.encode(entry.question()));
            answers.add(encoder.encode(entry.answer()));
        }
        Vectors computed = new Vectors(encoder.fingerprint(), questions, answers, Map.of());
        vectors = computed;
        return computed;
    }

    /** The same index with vectors of all words of its phrases too, so that no request waits for them. */
    public ForgetIndex withWords(SentenceEncoder encoder) {
        Vectors known = vectors(encoder);
        Map<String, float[]> words = new LinkedHashMap<>();
        for (List<Phrase> of : phrases) {
            for (String word : words(of.stream().map(Phrase::text).toList())) {
                words.computeIfAbsent(word, encoder::encode);
            }
        }
        return new ForgetIndex(
                entries, phrases, new Vectors(known.encoder(), known.questions(), known.answers(), words));
    }

    /**
     * The entries closest to any of some texts, best first; of equals the first.
     *
     * @param texts what to look up; where there is none nothing is found
     * @param most how many entries
     */
    List<Hit> best(List<String> texts, int most, SentenceEncoder encoder) {
        Vectors known = vectors(encoder);
        List<float[]> asked = texts.stream().map(encoder::encode).toList();
        if (asked.isEmpty()) {
            return List.of();
        }
        List<Hit> hits = new ArrayList<>();
        for (int entry = 0; entry < size(); entry++) {
            double score = -1;
            for (float[] vector : asked) {
                score = Math.max(
                        score, PhraseWords.cosine(vector, known.questions().get(entry)));
                score = Math.max(
                        score, PhraseWords.cosine(vector, known.answers().get(entry)));
            }
            hits.add(new Hit(entry, score));
        }
        hits.sort(Comparator.comparingDouble(Hit::score).reversed());
        return List.copyOf(hits.subList(0, Math.min(most, hits.size())));
    }

    /** How close a text is to the closest question or answer, −1 to 1. */
    public double similarity(String text, SentenceEncoder encoder) {
        return best(List.of(text), 1, encoder).get(0).score();
    }

    /** The words of phrases as the semantic rule compares them: of three letters or more, without stop words. */
    static Set<String> words(List<String> phrases) {
        Set<String> words = new LinkedHashSet<>();
        for (String phrase : phrases) {
            Words.keys(phrase).stream().filter(ForgetIndex::isCompared).forEach(words::add);
        }
        return words;
    }

    /** Whether the semantic rule minds a word at all. */
    static boolean isCompared(String key) {
        return Words.letters(key) >= 3 && !StopWords.contains(key);
    }
}
