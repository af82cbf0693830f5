package dev.sluice.model;

/**
 * Turns texts into vectors that lie close to each other where the texts mean something alike.
 *
 * <p>Safe for use by several threads. A text's vector is a function of the text alone: the same bits whatever else was
 * encoded before, is encoded at the same time, or runs on the machine.
 */
public interface SentenceEncoder extends AutoCloseable {
    /** Numbers of a vector. */
    int width();

    /** The SHA-256 of the weights file, in hexadecimal: vectors of encoders that differ in it cannot be compared. */
    String fingerprint();

    /**
     * The vector of a text, of length 1, so that a product of two vectors is the cosine of the angle between them; of a
     * long text that of its beginning.
     *
     * @param text any text, the empty one too
     * @return the caller's own
     * @throws IllegalStateException after {@link #close}
     */
    float[] encode(String text);

    /** Frees what the encoder holds. Idempotent. */
    @Override
    void close();
}
