package dev.sluice.hook.unlearn;

import dev.sluice.model.SentenceEncoder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The words of some forbidden phrases, as a sentence encoder sees them. Thread-safe; what it was asked it remembers, within
 * a bound.
 */
final class PhraseWords {
    private static final int MOST_KEPT = 4096;

    private final List<float[]> vectors;
    private final Map<String, Double> known = new ConcurrentHashMap<>();

    /** Words by their vectors, of unit length. */
    PhraseWords(List<float[]> vectors) {
        this.vectors = List.copyOf(vectors);
    }

    /** The greatest cosine between a word and one of the phrases'; −1 where there are none. */
    double similarity(String word, SentenceEncoder encoder) {
        Double before = known.get(word);
        if (before != null) {
            return before;
        }
        double greatest = -1;
        float[] vector = encoder.encode(word);
        for (float[] other : vectors) {
            greatest = Math.max(greatest, cosine(vector, other));
        }
        if (known.size() >= MOST_KEPT) {
            known.clear();
        }
        known.put(word, greatest);
        return greatest;
    }

    /** Whether there are no words. */
    boolean isEmpty() {
        return vectors.isEmpty();
    }

    /**
     * The scalar product of two vectors of unit length, summed in float64, in order.
     *
     * @throws IllegalStateException if they do not fit, or it is no number
     */
    static double cosine(float[] one, float[] other) {
        if (one.length != other.length) {
            throw new IllegalStateException("vectors of " + one.length + " and " + other.length
                    + " numbers cannot be compared: they come from different encoders");
        }
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        if (Double.isNaN(sum)) {
            throw new IllegalStateException("the sentence encoder gave a vector that holds no numbers");
        }
        return sum;
    }
}
