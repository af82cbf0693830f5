package dev.sluice.model;

import dev.sluice.token.Vocabulary;

/**
 * What a loaded model is.
 *
 * @param name the name that requests and {@code GET /v1/models} use
 * @param vocabularySize number of logits a row has; at least {@link Vocabulary#size()}
 * @param contextLength most tokens, prompt and answer together, that one lane may hold
 * @param precision the precision in force, such as {@code int4}
 * @param device where it runs, such as {@code cpu}
 * @param identity whether equal prefixes give equal logits bit for bit on this machine
 * @param fingerprint hexadecimal digest of the weights and adapters
 */
public record ModelDescription(
        String name,
        int vocabularySize,
        int contextLength,
        String precision,
        String device,
        Identity identity,
        String fingerprint) {

    /** How far the first promise reaches on this machine. */
    public enum Identity {
        /** Logits depend on the logical prefix alone, bit for bit. */
        EXACT("exact"),
        /** Kernels change with the shape of a pass; answers agree up to rounding. */
        UP_TO_ROUNDING("up to rounding");

        private final String text;

        Identity(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
