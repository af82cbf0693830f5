package dev.sluice.server;

import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceRuntime;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves both routes of completions. Requests are parsed and tokenised off the network's threads; a client that leaves
 * cancels its generation.
 */
final class CompletionsHandler {
    private static final int PREFETCH = 4;
    private static final String DONE = "[DONE]";
    private final SluiceRuntime runtime;
    private final RequestBody body;
    private final LongSupplier random;
    private final Clock clock;

    /**
     * A handler.
     *
     * @param runtime answers the requests
     * @param body reads their bodies
     * @param random draws missing seeds and the ids of answers
     * @param clock dates the answers
     */
    CompletionsHandler(SluiceRuntime runtime, RequestBody body, LongSupplier random, Clock clock) {
        this.runtime = runtime;
        this.body = body;
        this.random = random;
        this.clock = clock;
    }

    /** Reads a body into a call. */
    private interface Reader {
        Call read(Fields fields, Serving serving, LongSupplier seeds);
    }

    /** {@code POST /v1/chat/completions}. */
    Mono<ServerResponse> chat(ServerRequest request) {
        return serve(request, ChatCall::read);
    }

    /** {@code POST /v1/completions}. */
    Mono<ServerResponse> completion(ServerRequest request) {
        return serve(request, CompletionCall::read);
    }

    private Mono<ServerResponse> serve(ServerRequest request, Reader reader) {
        Mono<JsonNode> json = body.read(request);
        return json.publishOn(Schedulers.parallel()).flatMap(node -> {
            Serving serving = runtime.current().orElseThrow(ApiException::loading);
            Call call = reader.read(Fields.ofRequest(node), serving, random).ofTenant(Tenants.of(request));
            Envelope envelope = envelope(call, serving);
            return call.output().stream() ? stream(envelope, serving) : whole(envelope, serving);
        });
    }

    private Envelope envelope(Call call, Serving serving) {
        String id =
                HexFormat.of().toHexDigits(random.getAsLong()) + HexFormat.of().toHexDigits(random.getAsLong());
        return Envelope.of(call, serving, id, clock.instant().getEpochSecond());
    }

    private static Mono<ServerResponse> whole(Envelope envelope, Serving serving) {
        return envelope.call()
                .run(serving)
                .collect(() -> new AnswerBody(envelope), AnswerBody::add)
                .flatMap(answer -> ServerResponse.ok()
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(answer.toJson().toString()));
    }

    private static Mono<ServerResponse> stream(Envelope envelope, Serving serving) {
        return ServerResponse.ok()
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .cacheControl(CacheControl.noCache())
                .header("X-Accel-Buffering", "no")
                .body((response, context) -> {
                    // An error before the first event is still an answer of its own; later it is a line of the stream.
                    Flux<String> lines = envelope.call()
                            .run(serving)
                            .switchOnFirst((first, events) -> first.hasValue()
                                    ? lines(new AnswerStream(envelope), events)
                                            .onErrorResume(e -> Flux.just(ApiErrors.toJson(ApiErrors.translate(e))
                                                    .toString()))
                                    : events.cast(String.class));
                    return response.writeAndFlushWith(lines.map(line -> Mono.just(event(response, line))));
                });
    }

    private static Flux<String> lines(AnswerStream stream, Flux<CallEvent> events) {
        return Flux.concat(Flux.fromIterable(stream.opening()), events.concatMapIterable(stream::on, PREFETCH))
                .map(ObjectNode::toString)
                .concatWithValues(DONE);
    }

    private static DataBuffer event(ReactiveHttpOutputMessage response, String line) {
        return response.bufferFactory().wrap(("data: " + line + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
}
