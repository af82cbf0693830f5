package dev.sluice.token;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokenizer that comes with a model, and its chat template.
 *
 * @param tokenizer the tokenizer; closed with this
 * @param chat the chat template, or null if the model has none that can be used
 */
public record LoadedTokenizer(
        BytePairTokenizer tokenizer, @Nullable ChatTemplate chat) implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadedTokenizer.class);

    /**
     * Adds a chat template to a tokenizer, which it takes over. A template that cannot be used is left out, with a warning
     * in the log: the model has no chat then, but completes plain prompts.
     *
     * @param source the template, or empty if the model has none
     * @param bos name of the token that begins a text, or empty
     * @param eos name of the token that ends a text, or empty
     */
    public static LoadedTokenizer of(BytePairTokenizer tokenizer, String source, String bos, String eos) {
        if (source.isEmpty()) {
            return new LoadedTokenizer(tokenizer, null);
        }
        try {
            return new LoadedTokenizer(tokenizer, new ChatTemplate(tokenizer, source, bos, eos));
        } catch (TokenizerException e) {
            LOG.warn("The model is loaded without chat: {} [{}]", e.getMessage(), e.code());
            return new LoadedTokenizer(tokenizer, null);
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
