package dev.sluice.server;

import dev.sluice.engine.GenerationRequest;
import dev.sluice.spring.Serving;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * A request of either route, read and checked.
 *
 * @param form how its answer looks
 * @param requests one a prompt
 * @param choices answers a prompt
 * @param output what the answer carries
 */
record Call(WireForm form, List<GenerationRequest> requests, int choices, CommonFields.Output output) {
    /** Events of a prompt that may wait for a slow client. */
    private static final int PREFETCH = 4;

    /** The same call of a tenant. */
    Call ofTenant(String tenant) {
        return new Call(
                form, requests.stream().map(request -> request.ofTenant(tenant)).toList(), choices, output);
    }

    /** Answers in all. */
    int totalChoices() {
        return requests.size() * choices;
    }

    /** Index on the wire of a choice of a prompt. */
    int choiceIndex(int prompt, int choice) {
        return prompt * choices + choice;
    }

    /** The events of all prompts as they come; an error of one ends all, and so does cancelling. */
    Flux<CallEvent> run(Serving serving) {
        List<Flux<CallEvent>> prompts = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
            int prompt = i;
            prompts.add(serving.generate(requests.get(i)).map(event -> new CallEvent(prompt, event)));
        }
        return Flux.merge(Flux.fromIterable(prompts), prompts.size(), PREFETCH);
    }
}
