package dev.sluice.server;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.PersonaPrompt;
import dev.sluice.engine.Report;
import dev.sluice.hook.persona.Persona;
import dev.sluice.spring.Serving;
import dev.sluice.token.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.function.Tuple2;

/**
 * Answers prompts by the engine under two personas of chosen weights.
 *
 * @param serving the engine, without policies
 * @param persona the personas, free to take any weight
 * @param maxTokens most tokens of an answer
 */
record PersonaAnswers(Serving serving, Persona persona, int maxTokens) {
    /**
     * An answer.
     *
     * @param text its text
     * @param tokens its token ids
     * @param report what it cost and which persona rejected what
     * @param seconds from the first token to the last
     */
    record Answer(String text, List<Integer> tokens, Report report, double seconds) {
        /** Milliseconds a pass behind the first. */
        double perPass() {
            return 1000 * seconds / Math.max(1, report.passes() - 1);
        }
    }

    /** The answer to a prompt, greedy; a weight of 1 or 0 leaves one persona. */
    Answer answer(String prompt, double weight, boolean speculating) {
        return Objects.requireNonNull(serving.generate(request(prompt, weight, speculating))
                .timestamp()
                .collectList()
                .map(PersonaAnswers::of)
                .block());
    }

    /** Answers of the two personas alone, decoded together as two requests. */
    List<Answer> apart(String prompt) {
        return Objects.requireNonNull(
                Flux.merge(timed(prompt, 1), timed(prompt, 0)).collectList().block());
    }

    private Mono<Answer> timed(String prompt, double weight) {
        return serving.generate(request(prompt, weight, false))
                .timestamp()
                .collectList()
                .map(PersonaAnswers::of);
    }

    private GenerationRequest request(String prompt, double weight, boolean speculating) {
        List<Persona.Lane> lanes = persona.lanes();
        Map<String, Double> weights =
                Map.of(lanes.get(0).name(), weight, lanes.get(1).name(), 1 - weight);
        PersonaPrompt prompts = serving.lanes(persona, List.of(new ChatMessage("user", prompt)), weights);
        return new GenerationRequest(
                        new int[0],
                        SamplingParameters.greedy(),
                        maxTokens,
                        List.of(),
                        1,
                        null,
                        Set.of(),
                        speculating ? null : new Speculation(false, List.of(), 0),
                        true,
                        GenerationRequest.SHARED)
                .ofPersona(prompts);
    }

    private static Answer of(List<Tuple2<Long, GenerationEvent>> events) {
        List<Long> times = events.stream()
                .filter(event -> event.getT2() instanceof GenerationEvent.Delta)
                .map(Tuple2::getT1)
                .toList();
        double seconds = times.isEmpty() ? 0 : (times.get(times.size() - 1) - times.get(0)) / 1000.0;
        StringBuilder text = new StringBuilder();
        List<Integer> tokens = new ArrayList<>();
        Report report = null;
        for (GenerationEvent event : events.stream().map(Tuple2::getT2).toList()) {
            if (event instanceof GenerationEvent.Delta delta) {
                text.append(delta.text());
                delta.tokens().forEach(token -> tokens.add(token.id()));
            } else if (event instanceof GenerationEvent.Completed completed) {
                report = completed.report();
            }
        }
        return new Answer(
                text.toString(),
                List.copyOf(tokens),
                Objects.requireNonNull(report, "the engine ended without a report"),
                seconds);
    }
}
