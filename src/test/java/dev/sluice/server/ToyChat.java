package dev.sluice.server;

import dev.sluice.spring.ChatEncoder;
import dev.sluice.spring.ChatMessage;
import dev.sluice.testkit.ByteTokenizer;
import java.util.Arrays;

/** A chat template for the byte tokenizer. */
final class ToyChat {
    private ToyChat() {}

    static ChatEncoder template(ByteTokenizer tokenizer) {
        return messages -> {
            StringBuilder text = new StringBuilder();
            for (ChatMessage message : messages) {
                text.append(message.role())
                        .append(':')
                        .append(message.content())
                        .append('\n');
            }
            int[] tokens = tokenizer.encode(text.toString(), false);
            int[] prompt = Arrays.copyOf(tokens, tokens.length + 1);
            prompt[tokens.length] = ByteTokenizer.START;
            return prompt;
        };
    }
}
