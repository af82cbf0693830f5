package dev.sluice.server;

import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Collects the events of a request into one answer. One thread. */
final class AnswerBody {
    private final Envelope envelope;
    private final Accounting accounting;
    private final List<Collected> choices;

    private static final class Collected {
        private final StringBuilder text = new StringBuilder();
        private final List<ReleasedToken> tokens = new ArrayList<>();
        private @Nullable FinishReason reason;
    }

    AnswerBody(Envelope envelope) {
        this.envelope = envelope;
        this.accounting = new Accounting(envelope.call());
        this.choices = Stream.generate(Collected::new)
                .limit(envelope.call().totalChoices())
                .toList();
    }

    void add(CallEvent event) {
        if (event.event() instanceof GenerationEvent.Delta delta) {
            Collected choice = choices.get(envelope.call().choiceIndex(event.prompt(), delta.choice()));
            choice.text.append(delta.text());
            choice.tokens.addAll(delta.tokens());
        } else if (event.event() instanceof GenerationEvent.Finished finished) {
            choices.get(envelope.call().choiceIndex(event.prompt(), finished.choice())).reason = finished.reason();
        } else if (event.event() instanceof GenerationEvent.Completed completed) {
            accounting.add(event.prompt(), completed.report());
        }
    }

    /** The answer; all events were added. */
    ObjectNode toJson() {
        ObjectNode root = envelope.open(false);
        for (int i = 0; i < choices.size(); i++) {
            Collected choice = choices.get(i);
            envelope.choice(root, i, false, choice.text.toString(), choice.tokens, 0, choice.reason);
        }
        accounting.writeUsage(root);
        accounting.writeExtension(root);
        return root;
    }
}
