package dev.sluice.server;

import dev.sluice.engine.GenerationEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Turns the events of a request into the chunks of a stream. One thread.
 *
 * <p>The last chunk carries {@code sluice}: that of usage where it was asked for, else that of the last finish reason,
 * which waits for the report.
 */
final class AnswerStream {
    private final Envelope envelope;
    private final Accounting accounting;
    private final int[] offsets;
    private int open;
    private @Nullable ObjectNode last;

    AnswerStream(Envelope envelope) {
        this.envelope = envelope;
        this.accounting = new Accounting(envelope.call());
        this.open = envelope.call().totalChoices();
        this.offsets = new int[open];
    }

    /** The chunks that come before any text. */
    List<ObjectNode> opening() {
        List<ObjectNode> chunks = new ArrayList<>();
        for (int i = 0; i < offsets.length; i++) {
            ObjectNode root = open();
            ObjectNode choice = ((ArrayNode) root.get("choices")).addObject();
            choice.put("index", i);
            if (envelope.call().form().opening(choice)) {
                choice.putNull("logprobs").putNull("finish_reason");
                chunks.add(root);
            }
        }
        return chunks;
    }

    /** The chunks of one event, none to two. */
    List<ObjectNode> on(CallEvent event) {
        if (event.event() instanceof GenerationEvent.Delta delta) {
            return delta(envelope.call().choiceIndex(event.prompt(), delta.choice()), delta);
        }
        if (event.event() instanceof GenerationEvent.Finished finished) {
            return finished(envelope.call().choiceIndex(event.prompt(), finished.choice()), finished);
        }
        GenerationEvent.Completed completed = (GenerationEvent.Completed) event.event();
        return accounting.add(event.prompt(), completed.report()) ? ending() : List.of();
    }

    private List<ObjectNode> delta(int index, GenerationEvent.Delta delta) {
        boolean tokensWanted = envelope.call().output().tokenIds()
                || envelope.call().requests().get(0).logprobs() != null;
        if (delta.text().isEmpty() && (!tokensWanted || delta.tokens().isEmpty())) {
            return List.of();
        }
        ObjectNode root = open();
        envelope.choice(root, index, true, delta.text(), delta.tokens(), offsets[index], null);
        for (GenerationEvent.ReleasedToken token : delta.tokens()) {
            offsets[index] += TokenText.characters(token.bytes());
        }
        return List.of(root);
    }

    private List<ObjectNode> finished(int index, GenerationEvent.Finished finished) {
        ObjectNode root = open();
        envelope.choice(root, index, true, null, List.of(), offsets[index], finished.reason());
        open--;
        if (open == 0 && !envelope.call().output().usage()) {
            last = root;
            return List.of();
        }
        return List.of(root);
    }

    private List<ObjectNode> ending() {
        ObjectNode root = last;
        if (root == null) {
            root = envelope.open(true);
            if (envelope.call().output().usage()) {
                accounting.writeUsage(root);
            }
        }
        accounting.writeExtension(root);
        return List.of(root);
    }

    private ObjectNode open() {
        ObjectNode root = envelope.open(true);
        if (envelope.call().output().usage()) {
            root.putNull("usage");
        }
        return root;
    }
}
