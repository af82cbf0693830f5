package dev.sluice.model.torch;

/** Told how loading a model proceeds; on the loading thread. */
@FunctionalInterface
public interface LoadProgress {
    /**
     * Something was done.
     *
     * @param phase one word: {@code fingerprint}, {@code weights}, {@code threads} or {@code exactness}
     * @param done bytes of the file dealt with, or steps
     * @param total all of them
     */
    void advanced(String phase, long done, long total);
}
