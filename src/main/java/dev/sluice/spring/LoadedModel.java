package dev.sluice.spring;

import dev.sluice.model.CausalModel;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model with what it takes to speak to it. Has one owner, who closes it; the engine closes the models alone.
 *
 * @param model the target model
 * @param tokenizer its tokenizer
 * @param chat its chat template, or null where the model file has none
 * @param draft a smaller model of the same vocabulary that drafts, or null; closed with the model
 */
public record LoadedModel(
        CausalModel model,
        Tokenizer tokenizer,
        @Nullable ChatTemplate chat,
        @Nullable CausalModel draft) implements AutoCloseable {
    /** Without a draft model. */
    public LoadedModel(CausalModel model, Tokenizer tokenizer, @Nullable ChatTemplate chat) {
        this(model, tokenizer, chat, null);
    }

    /** Frees the models and, where it holds native memory, the tokenizer. Idempotent. */
    @Override
    public void close() {
        model.close();
        if (draft != null) {
            draft.close();
        }
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
