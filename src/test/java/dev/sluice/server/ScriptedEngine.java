package dev.sluice.server;

import dev.sluice.decode.RuleId;
import dev.sluice.draft.Drafters;
import dev.sluice.engine.Generation;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationEvent.Alternative;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.torch.MachineProfile;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.Serving;
import dev.sluice.testkit.ByteTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/** An engine that answers "héy!" to everything, unless told otherwise, and remembers what it was asked. */
final class ScriptedEngine implements Function<GenerationRequest, Generation> {
    static final String ANSWER = "héy!";

    final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch cancelled = new CountDownLatch(1);
    private volatile Function<GenerationRequest, Flux<GenerationEvent>> script = ScriptedEngine::answer;

    /** Answers in another way from now on. */
    void script(Function<GenerationRequest, Flux<GenerationEvent>> other) {
        script = other;
    }

    void reset() {
        script = ScriptedEngine::answer;
        requests.clear();
        cancelled = new CountDownLatch(1);
    }

    /** Falls when a subscriber cancels, once since the last reset. */
    CountDownLatch cancelled() {
        return cancelled;
    }

    GenerationRequest last() {
        return requests.get(requests.size() - 1);
    }

    @Override
    public Generation apply(GenerationRequest request) {
        requests.add(request);
        Flux<GenerationEvent> events = script.apply(request).doOnCancel(() -> cancelled.countDown());
        return subscriber -> JdkFlowAdapter.publisherToFlowPublisher(events).subscribe(subscriber);
    }

    /** All of this behind the name "toy", with the policies "calm" and "quiet". */
    Serving serving() {
        return serving(ModelDescription.Identity.EXACT);
    }

    /** The same on a machine where the self-test found so much. */
    Serving serving(ModelDescription.Identity identity) {
        ByteTokenizer tokenizer = new ByteTokenizer();
        return new Serving(
                "toy",
                new ModelDescription(
                        "toy", tokenizer.vocabulary().size(), 1000, "float32", "cpu", identity, "0123456789abcdef"),
                tokenizer,
                ToyChat.template(tokenizer),
                1000,
                policies(),
                new Speculation(true, List.of("prompt-lookup"), 4),
                this,
                () -> {},
                new MachineProfile(2, 3000),
                Drafters.names(false));
    }

    static PolicySet policies() {
        return new PolicySet(
                "r1",
                Map.of(
                        "calm", new Policy("calm", "", List.of(), List.of(), null, List.of(), 0),
                        "quiet", new Policy("quiet", "", List.of(), List.of(), null, List.of(), 0)),
                List.of());
    }

    /** "h", then "é" of two bytes in two tokens, then "y!" and an end of turn, for every choice in turns. */
    static Flux<GenerationEvent> answer(GenerationRequest request) {
        List<GenerationEvent> events = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            events.add(new GenerationEvent.Delta(choice, "h", tokens(request, 'h')));
        }
        for (int choice = 0; choice < request.choices(); choice++) {
            events.add(new GenerationEvent.Delta(choice, "éy!", tokens(request, 0xc3, 0xa9, 'y', '!')));
            events.add(new GenerationEvent.Delta(choice, "", tokens(request, ByteTokenizer.END)));
            events.add(new GenerationEvent.Finished(choice, FinishReason.STOP));
        }
        events.add(new GenerationEvent.Completed(report(request)));
        return Flux.fromIterable(events);
    }

    /** Its cached tokens are as many as the request's salt has characters. */
    static Report report(GenerationRequest request) {
        RuleId rule = new RuleId("calm", "shout");
        return new Report(
                request.sampling().seed(),
                "r1",
                List.copyOf(request.policies()),
                request.prompt().length,
                request.cacheSalt().length(),
                6 * request.choices(),
                4,
                8,
                2,
                1.5,
                new Report.Drafting(Speculation.AUTO, 2, false, Map.of("prompt-lookup", new Report.Share(8, 2))),
                List.of(new Report.Intervention(0, 3, rule.policy(), rule.rule(), "reject")),
                List.of());
    }

    private static List<ReleasedToken> tokens(GenerationRequest request, int... ids) {
        List<ReleasedToken> tokens = new ArrayList<>();
        for (int id : ids) {
            byte[] bytes = id < 256 ? new byte[] {(byte) id} : new byte[0];
            Integer top = request.logprobs();
            List<Alternative> alternatives = top == null
                    ? null
                    : List.of(
                                    new Alternative(id, bytes, -0.5),
                                    new Alternative(
                                            'z', "z".getBytes(StandardCharsets.UTF_8), Double.NEGATIVE_INFINITY))
                            .subList(0, Math.min(2, top));
            tokens.add(new ReleasedToken(id, bytes, top == null ? null : -0.5, alternatives));
        }
        return tokens;
    }
}
