package dev.sluice.token;

import org.jspecify.annotations.Nullable;

/**
 * The tokenizer that comes with a model, and its chat template.
 *
 * @param tokenizer the tokenizer; closed with this
 * @param chat the chat template, or null if the model has none
 */
public record LoadedTokenizer(
        BytePairTokenizer tokenizer, @Nullable ChatTemplate chat) implements AutoCloseable {

    /**
     * Adds a chat template to a tokenizer, which it takes over: it is closed if the template cannot be used.
     *
     * @param source the template, or empty if the model has none
     * @param bos name of the token that begins a text, or empty
     * @param eos name of the token that ends a text, or empty
     * @throws TokenizerException if the template cannot be used
     */
    public static LoadedTokenizer of(BytePairTokenizer tokenizer, String source, String bos, String eos) {
        boolean complete = false;
        try {
            ChatTemplate chat = source.isEmpty() ? null : new ChatTemplate(tokenizer, source, bos, eos);
            complete = true;
            return new LoadedTokenizer(tokenizer, chat);
        } finally {
            if (!complete) {
                tokenizer.close();
            }
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
