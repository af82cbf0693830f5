package dev.sluice.server;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.Report;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.Serving;
import dev.sluice.token.ChatMessage;
import dev.sluice.train.FlagRecorder;
import dev.sluice.train.UnlearnEvaluation.Answer;
import dev.sluice.train.UnlearnEvaluation.Answerer;
import dev.sluice.train.UnlearnEvaluation.Mode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Answers questions greedily by the engine, one after the other; each mode is a tenant of its own, so that no draft and no
 * page comes from another.
 *
 * @param serving the engine, under {@link #policies}
 * @param recorders the rules, by mode
 * @param maxTokens most tokens of an answer
 */
record GreedyAnswers(Serving serving, Map<Mode, FlagRecorder> recorders, int maxTokens) implements Answerer {
    /** A policy for each mode that has a rule, named as the mode; none applies unless a request names it. */
    static PolicySet policies(Map<Mode, FlagRecorder> recorders) {
        Map<String, Policy> policies = new LinkedHashMap<>();
        recorders.forEach((mode, recorder) -> policies.put(
                mode.name(),
                new Policy(mode.name(), "", List.of(recorder), List.of(), null, List.of(), recorder.holdBack())));
        return new PolicySet("evaluation", policies, List.of());
    }

    @Override
    public Answer answer(String question, Mode mode) {
        int[] prompt = serving.chat() == null
                ? serving.encode(question)
                : serving.encode(List.of(new ChatMessage("user", question)));
        FlagRecorder recorder = recorders.get(mode);
        GenerationRequest request = new GenerationRequest(
                prompt,
                SamplingParameters.greedy(),
                maxTokens,
                List.of(),
                1,
                null,
                recorder == null ? Set.of() : Set.of(mode.name()),
                null,
                true,
                mode.name());
        StringBuilder text = new StringBuilder();
        Report report = null;
        long start = System.nanoTime();
        for (GenerationEvent event : serving.generate(request).toIterable()) {
            if (event instanceof GenerationEvent.Delta delta) {
                text.append(delta.text());
            } else if (event instanceof GenerationEvent.Completed completed) {
                report = completed.report();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Report known = Objects.requireNonNull(report, "the engine ended without a report");
        return new Answer(
                text.toString(),
                recorder != null && recorder.flagged(),
                known.completionTokens(),
                seconds,
                known.passes(),
                known.meanAcceptanceLength() * known.passes());
    }
}
