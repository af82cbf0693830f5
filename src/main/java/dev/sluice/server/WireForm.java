package dev.sluice.server;

import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.token.Vocabulary;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** How the answers of one route look on the wire; everything else about them is the same. */
interface WireForm {
    /** The form of {@code /v1/chat/completions}. */
    static WireForm chat(Vocabulary vocabulary) {
        return new ChatForm(new TokenText(vocabulary));
    }

    /** The form of {@code /v1/completions}. */
    static WireForm completion(Vocabulary vocabulary) {
        return new CompletionForm(new TokenText(vocabulary));
    }

    /** What ids of answers begin with. */
    String idPrefix();

    /** The {@code object} of a whole answer, or of a chunk. */
    String objectName(boolean chunk);

    /** Writes what opens a streamed choice; false where nothing does. */
    boolean opening(ObjectNode choice);

    /**
     * Writes text into a choice.
     *
     * @param chunk whether the choice is streamed
     * @param text the text; null at the end of a stream
     */
    void text(ObjectNode choice, boolean chunk, @Nullable String text);

    /**
     * Writes log-probabilities into a choice.
     *
     * @param tokens the tokens of the text; empty where none were asked for
     * @param offset characters of the choice's text before them
     */
    void logprobs(ObjectNode choice, List<ReleasedToken> tokens, int offset);
}
