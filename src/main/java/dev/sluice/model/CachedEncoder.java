package dev.sluice.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A sentence encoder that remembers the vectors of the texts asked for of late, for all that share it.
 *
 * <p>Safe for use by several threads. Two that ask for the same new text at once may both have it encoded; the vectors are
 * the same. Texts are kept in memory, and nowhere else. Owns the encoder behind it.
 */
public final class CachedEncoder implements SentenceEncoder {
    private final SentenceEncoder encoder;
    private final Map<String, float[]> vectors;
    private long hits;
    private long misses;

    /**
     * Remembers vectors of an encoder.
     *
     * @param encoder closed with this
     * @param capacity most texts remembered; each takes four bytes a number of its vector, and some 100 bytes more
     */
    public CachedEncoder(SentenceEncoder encoder, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a cache remembers at least one text, but was to remember " + capacity);
        }
        this.encoder = encoder;
        this.vectors = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
                return size() > capacity;
            }
        };
    }

    @Override
    public int width() {
        return encoder.width();
    }

    @Override
    public String fingerprint() {
        return encoder.fingerprint();
    }

    @Override
    public float[] encode(String text) {
        synchronized (vectors) {
            float[] known = vectors.get(text);
            if (known != null) {
                hits++;
                return known.clone();
            }
            misses++;
        }
        float[] vector = encoder.encode(text);
        synchronized (vectors) {
            vectors.put(text, vector.clone());
        }
        return vector;
    }

    /** Texts whose vectors were remembered. */
    public long hits() {
        synchronized (vectors) {
            return hits;
        }
    }

    /** Texts that were handed to the encoder. */
    public long misses() {
        synchronized (vectors) {
            return misses;
        }
    }

    @Override
    public void close() {
        synchronized (vectors) {
            vectors.clear();
        }
        encoder.close();
    }
}
