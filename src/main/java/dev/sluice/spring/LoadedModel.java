package dev.sluice.spring;

import dev.sluice.model.CausalModel;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model with what it takes to speak to it. Has one owner, who closes it; the engine closes the model alone.
 *
 * @param model the target model
 * @param tokenizer its tokenizer
 * @param chat its chat template, or null where the model file has none
 */
public record LoadedModel(
        CausalModel model, Tokenizer tokenizer, @Nullable ChatTemplate chat) implements AutoCloseable {
    /** Frees the model and, where it holds native memory, the tokenizer. Idempotent. */
    @Override
    public void close() {
        model.close();
        closeTokenizer();
    }

    /** Frees the tokenizer, where it holds native memory. */
    void closeTokenizer() {
        if (tokenizer instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException("the tokenizer cannot be closed", e);
            }
        }
    }
}
