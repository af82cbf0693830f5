package dev.sluice.model.weights;

import java.util.Locale;
import java.util.Optional;

/** The families of models that are run: variations of one decoder. */
public enum Family {
    /** Llama and what is built like it, such as SmolLM2; with a sliding window, Mistral. */
    LLAMA,
    /** Qwen 2 and 2.5: queries, keys and values have biases. */
    QWEN2,
    /** Qwen 3: norms over the heads of queries and keys. */
    QWEN3,
    /** SmolLM 3: some layers do not turn queries and keys. */
    SMOLLM3,
    /** Gemma 2: local and global layers, norms behind each part, soft caps. */
    GEMMA2,
    /** Gemma 3: as {@link #GEMMA2} with norms over heads and two rotary embeddings in place of soft caps. */
    GEMMA3;

    /** Whether queries, keys and values have biases. */
    public boolean biases() {
        return this == QWEN2;
    }

    /** Whether each head of queries and keys is normed before it is turned. */
    public boolean headNorms() {
        return this == QWEN3 || this == GEMMA3;
    }

    /** Whether the embedding is scaled, the gate is a GELU, and attention and feed-forward are normed behind as well. */
    public boolean gemma() {
        return this == GEMMA2 || this == GEMMA3;
    }

    /** The family of that name in lower case, if there is one. */
    public static Optional<Family> named(String name) {
        for (Family family : values()) {
            if (family.toString().equals(name)) {
                return Optional.of(family);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
