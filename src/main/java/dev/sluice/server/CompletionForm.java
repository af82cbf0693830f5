package dev.sluice.server;

import dev.sluice.engine.GenerationEvent.Alternative;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The wire form of plain completions.
 *
 * @param tokens writes single tokens
 */
record CompletionForm(TokenText tokens) implements WireForm {
    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public String objectName(boolean chunk) {
        return "text_completion";
    }

    @Override
    public boolean opening(ObjectNode choice) {
        return false;
    }

    @Override
    public void text(ObjectNode choice, boolean chunk, @Nullable String text) {
        choice.put("text", text == null ? "" : text);
    }

    @Override
    public void logprobs(ObjectNode choice, List<ReleasedToken> released, int offset) {
        ObjectNode logprobs = choice.putObject("logprobs");
        ArrayNode names = logprobs.putArray("tokens");
        ArrayNode values = logprobs.putArray("token_logprobs");
        ArrayNode tops = logprobs.putArray("top_logprobs");
        ArrayNode offsets = logprobs.putArray("text_offset");
        int position = offset;
        for (ReleasedToken token : released) {
            names.add(tokens.of(token.id(), token.bytes()));
            values.add(TokenText.logprob(Objects.requireNonNullElse(token.logprob(), 0.0)));
            ObjectNode top = tops.addObject();
            for (Alternative alternative : Objects.requireNonNullElse(token.top(), List.<Alternative>of())) {
                top.put(tokens.of(alternative.id(), alternative.bytes()), TokenText.logprob(alternative.logprob()));
            }
            offsets.add(position);
            position += TokenText.characters(token.bytes());
        }
    }
}
