package dev.sluice.server;

import dev.sluice.engine.GenerationEvent.Alternative;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The wire form of chat answers.
 *
 * @param tokens writes single tokens
 */
record ChatForm(TokenText tokens) implements WireForm {
    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public String objectName(boolean chunk) {
        return chunk ? "chat.completion.chunk" : "chat.completion";
    }

    @Override
    public boolean opening(ObjectNode choice) {
        choice.putObject("delta").put("role", "assistant").put("content", "");
        return true;
    }

    @Override
    public void text(ObjectNode choice, boolean chunk, @Nullable String text) {
        if (!chunk) {
            choice.putObject("message")
                    .put("role", "assistant")
                    .put("content", text)
                    .putNull("refusal");
            return;
        }
        ObjectNode delta = choice.putObject("delta");
        if (text != null) {
            delta.put("content", text);
        }
    }

    @Override
    public void logprobs(ObjectNode choice, List<ReleasedToken> released, int offset) {
        ObjectNode logprobs = choice.putObject("logprobs");
        ArrayNode content = logprobs.putArray("content");
        logprobs.putNull("refusal");
        for (ReleasedToken token : released) {
            ObjectNode entry = content.addObject();
            entry(entry, token.id(), token.bytes(), Objects.requireNonNullElse(token.logprob(), 0.0));
            ArrayNode top = entry.putArray("top_logprobs");
            for (Alternative alternative : Objects.requireNonNullElse(token.top(), List.<Alternative>of())) {
                entry(top.addObject(), alternative.id(), alternative.bytes(), alternative.logprob());
            }
        }
    }

    private void entry(ObjectNode entry, int id, byte[] bytes, double logprob) {
        entry.put("token", tokens.of(id, bytes)).put("logprob", TokenText.logprob(logprob));
        TokenText.bytes(entry.putArray("bytes"), bytes);
    }
}
