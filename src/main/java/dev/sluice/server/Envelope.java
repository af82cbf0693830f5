package dev.sluice.server;

import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.spring.Serving;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is the same in every chunk of an answer.
 *
 * @param call the request
 * @param id id of the answer
 * @param created seconds since the epoch
 * @param model the model's name
 * @param fingerprint names weights and precision
 */
record Envelope(Call call, String id, long created, String model, String fingerprint) {
    /** The envelope of an answer by a serving model. */
    static Envelope of(Call call, Serving serving, String id, long created) {
        String weights = serving.model().fingerprint();
        String shortened = weights.substring(0, Math.min(12, weights.length()));
        return new Envelope(
                call,
                call.form().idPrefix() + id,
                created,
                serving.name(),
                "fp_" + shortened + "_" + serving.model().precision());
    }

    /** An answer or a chunk without choices. */
    ObjectNode open(boolean chunk) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("id", id)
                .put("object", call.form().objectName(chunk))
                .put("created", created)
                .put("model", model)
                .put("system_fingerprint", fingerprint);
        root.putArray("choices");
        return root;
    }

    /** Adds a choice with its text, and with log-probabilities and token ids where they were asked for. */
    void choice(
            ObjectNode root,
            int index,
            boolean chunk,
            @Nullable String text,
            List<ReleasedToken> tokens,
            int offset,
            @Nullable FinishReason reason) {
        ObjectNode choice = ((ArrayNode) root.get("choices")).addObject();
        choice.put("index", index);
        call.form().text(choice, chunk, text);
        if (call.requests().get(0).logprobs() != null && text != null) {
            call.form().logprobs(choice, tokens, offset);
        } else {
            choice.putNull("logprobs");
        }
        choice.put("finish_reason", reason == null ? null : reason.name().toLowerCase(Locale.ROOT));
        if (call.output().tokenIds()) {
            ArrayNode ids = choice.putArray("token_ids");
            tokens.forEach(token -> ids.add(token.id()));
        }
    }
}
