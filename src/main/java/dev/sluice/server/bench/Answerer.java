package dev.sluice.server.bench;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.Engine;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.engine.TurnTimes;
import dev.sluice.server.bench.Figures.Answer;
import dev.sluice.spring.LoadedModel;
import dev.sluice.token.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Answers prompts greedily, by our engine or the peer, and takes the time. Each mode of each round is a tenant: it finds
 * nothing drafted or computed for another.
 *
 * @param engine ours
 * @param loaded the model in it
 * @param peer the other engine, or null
 * @param maxTokens most tokens of an answer
 */
record Answerer(Engine engine, LoadedModel loaded, PeerEngine.@Nullable Loaded peer, int maxTokens) {
    private static final Speculation NONE = new Speculation(false, List.of(), 0);

    /** The prompt as our engine takes it. */
    int[] tokens(BenchPrompt prompt) {
        return loaded.chat() == null
                ? loaded.tokenizer().encode(prompt.text(), true)
                : loaded.chat().encode(List.of(new ChatMessage("user", prompt.text())), true);
    }

    /** The prompt as the peer takes it. */
    String text(BenchPrompt prompt) {
        return loaded.chat() == null
                ? prompt.text()
                : loaded.chat().render(List.of(new ChatMessage("user", prompt.text())), true);
    }

    /** Answers a prompt in a mode. */
    Answer answer(BenchPrompt prompt, Mode mode, int round) {
        return mode == Mode.PEER && peer != null ? byPeer(peer, prompt, round) : byUs(prompt, mode, round);
    }

    private Answer byPeer(PeerEngine.Loaded other, BenchPrompt prompt, int round) {
        PeerEngine.Answer answer = other.answer(text(prompt), maxTokens, false);
        return new Answer(
                prompt,
                tokens(prompt).length,
                Mode.PEER,
                round,
                answer.tokens(),
                List.of(),
                answer.seconds(),
                answer.firstSeconds(),
                0,
                0,
                0,
                new TurnTimes(0, 0, 0, 0, 0, 0, 0, 0));
    }

    private Answer byUs(BenchPrompt prompt, Mode mode, int round) {
        int[] promptTokens = tokens(prompt);
        List<Integer> tokens = new ArrayList<>();
        Report report = null;
        long first = 0;
        TurnTimes before = engine.turnTimes();
        long start = System.nanoTime();
        for (GenerationEvent event : events(request(promptTokens, mode, mode.key() + round, maxTokens))
                .toIterable()) {
            if (event instanceof GenerationEvent.Delta delta) {
                first = first == 0 ? System.nanoTime() : first;
                delta.tokens().forEach(token -> tokens.add(token.id()));
            } else if (event instanceof GenerationEvent.Completed completed) {
                report = completed.report();
            }
        }
        long end = System.nanoTime();
        if (report == null) {
            throw new IllegalStateException("the engine ended without a report");
        }
        return new Answer(
                prompt,
                promptTokens.length,
                mode,
                round,
                decoded(report),
                List.copyOf(tokens),
                (end - start) / 1e9,
                ((first == 0 ? end : first) - start) / 1e9,
                report.passes(),
                report.drafted(),
                report.accepted(),
                engine.turnTimes().since(before));
    }

    /** Seconds from a prompt, of which nothing is computed, to its first token. */
    double prefill(int[] prompt, Mode mode, int round) {
        if (mode == Mode.PEER && peer != null) {
            return peer.answer(loaded.tokenizer().decode(prompt), 1, false).seconds();
        }
        long start = System.nanoTime();
        events(request(prompt, Mode.PLAIN, "prefill" + round, 1)).blockLast();
        return (System.nanoTime() - start) / 1e9;
    }

    /** Tokens a second of so many streams at once; each prompt is answered once. */
    double together(List<BenchPrompt> prompts, int streams, Mode mode, int round) {
        List<Integer> numbers = IntStream.range(0, prompts.size()).boxed().toList();
        Flux<Integer> counts = mode == Mode.PEER && peer != null
                ? Flux.fromIterable(prompts).flatMap(prompt -> byPeerSoon(peer, prompt), streams)
                : Flux.fromIterable(numbers)
                        .flatMap(
                                number -> count(request(
                                        tokens(prompts.get(number)),
                                        Mode.PLAIN,
                                        "stream" + round + "." + number,
                                        maxTokens)),
                                streams);
        long start = System.nanoTime();
        int tokens = counts.reduce(0, Integer::sum).blockOptional().orElse(0);
        return tokens / ((System.nanoTime() - start) / 1e9);
    }

    private Flux<Integer> byPeerSoon(PeerEngine.Loaded other, BenchPrompt prompt) {
        return Flux.defer(() ->
                        Flux.just(other.answer(text(prompt), maxTokens, false).tokens()))
                .subscribeOn(Schedulers.boundedElastic());
    }

    private Flux<Integer> count(GenerationRequest request) {
        return events(request).ofType(GenerationEvent.Completed.class).map(completed -> decoded(completed.report()));
    }

    /** Tokens of an answer, with those at its end that the guard held back and dropped: they were worked for too. */
    private int decoded(Report report) {
        return Math.min(maxTokens, (int) Math.round(report.meanAcceptanceLength() * report.passes()));
    }

    private Flux<GenerationEvent> events(GenerationRequest request) {
        return Flux.defer(() -> JdkFlowAdapter.flowPublisherToFlux(engine.submit(request)));
    }

    private static GenerationRequest request(int[] prompt, Mode mode, String tenant, int maxTokens) {
        return new GenerationRequest(
                prompt,
                SamplingParameters.greedy(),
                maxTokens,
                List.of(),
                1,
                null,
                mode.guarded() ? Set.of(Guard.POLICY) : Set.of(),
                mode.speculative() ? null : NONE,
                true,
                tenant);
    }
}
