package dev.sluice.spring;

import java.util.List;

/** Renders a conversation with the model's chat template and turns it into prompt tokens. Thread-safe. */
@FunctionalInterface
public interface ChatEncoder {
    /**
     * The prompt tokens of a conversation, ending where the model's turn begins.
     *
     * @param messages in order, at least one
     * @throws IllegalArgumentException if the template refuses the conversation; the message says why
     */
    int[] encode(List<ChatMessage> messages);
}
