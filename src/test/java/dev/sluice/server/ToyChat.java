package dev.sluice.server;

import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.token.ChatTemplate;

/** A chat template for the byte tokenizer: {@code ROLE:CONTENT} a line, then the token that starts a turn. */
final class ToyChat {
    private static final String SOURCE =
            "{% for message in messages %}{{ message['role'] + ':' + message['content'] + '\\n' }}{% endfor %}<|start|>";

    private ToyChat() {}

    static ChatTemplate template(ByteTokenizer tokenizer) {
        return new ChatTemplate(tokenizer, SOURCE, "", "");
    }
}
