package dev.sluice.spring;

import dev.sluice.engine.EngineException;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What an application injects to get guarded answers. Thread-safe.
 *
 * <p>All methods fail with an {@link EngineException} that says what is wrong with a request. Before a model that loads
 * in the background is there, they wait for it; reactive ones without blocking.
 */
public final class SluiceClient {
    private final SluiceRuntime runtime;
    private final LongSupplier seeds;

    /**
     * A client of a running engine.
     *
     * @param runtime owns the engine
     * @param seeds draws the seed of a request that has none
     */
    public SluiceClient(SluiceRuntime runtime, LongSupplier seeds) {
        this.runtime = runtime;
        this.seeds = seeds;
    }

    /**
     * The answer as it is released, text, token ids and accounting. Nothing happens before it is subscribed to;
     * cancelling ends the generation, and a slow subscriber slows only itself.
     */
    public Flux<GenerationEvent> stream(ChatRequest request) {
        return Mono.fromFuture(runtime::ready).flatMapMany(serving -> serving.generate(toGeneration(serving, request)));
    }

    /** The text of the answer as it is released. */
    public Flux<String> streamText(ChatRequest request) {
        return stream(request)
                .ofType(GenerationEvent.Delta.class)
                .map(GenerationEvent.Delta::text)
                .filter(text -> !text.isEmpty());
    }

    /** The whole answer. */
    public Mono<ChatAnswer> chat(ChatRequest request) {
        return stream(request).collectList().map(SluiceClient::collect);
    }

    /** The whole answer; blocks. */
    public ChatAnswer ask(ChatRequest request) {
        return Objects.requireNonNull(chat(request).block());
    }

    /** The text of the whole answer to one user message; blocks. */
    public String ask(String user) {
        return ask(ChatRequest.of(user)).text();
    }

    private GenerationRequest toGeneration(Serving serving, ChatRequest request) {
        Long seed = request.seed();
        GenerationRequest generation = new GenerationRequest(
                new int[0],
                request.sampling().withSeed(seed != null ? seed : seeds.getAsLong()),
                request.maxTokens(),
                request.stop(),
                1,
                null,
                request.policies(),
                request.speculation(),
                true,
                GenerationRequest.SHARED);
        return serving.conversation(generation, request.messages(), request.persona());
    }

    private static ChatAnswer collect(List<GenerationEvent> events) {
        StringBuilder text = new StringBuilder();
        List<Integer> tokens = new ArrayList<>();
        FinishReason reason = FinishReason.LENGTH;
        Report report = null;
        for (GenerationEvent event : events) {
            if (event instanceof GenerationEvent.Delta delta) {
                text.append(delta.text());
                delta.tokens().forEach(token -> tokens.add(token.id()));
            } else if (event instanceof GenerationEvent.Finished finished) {
                reason = finished.reason();
            } else if (event instanceof GenerationEvent.Completed completed) {
                report = completed.report();
            }
        }
        return new ChatAnswer(
                text.toString(),
                List.copyOf(tokens),
                reason,
                Objects.requireNonNull(report, "the engine ended without a report"));
    }
}
