package dev.sluice.train;

import dev.sluice.engine.Generation;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationEvent.Completed;
import dev.sluice.engine.GenerationEvent.Delta;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.engine.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Collects the answers of one request; the caller waits. */
final class EngineAnswers implements Flow.Subscriber<GenerationEvent> {
    private final List<StringBuilder> texts = new ArrayList<>();
    private final List<List<ReleasedToken>> tokens = new ArrayList<>();
    private final CompletableFuture<Report> report = new CompletableFuture<>();

    /**
     * One answer.
     *
     * @param text its text
     * @param tokens its tokens, the end of the turn among them
     * @param logprob sum of the model's own log-probabilities of its tokens, 0 where they were not asked for
     */
    record Answer(String text, List<Integer> tokens, double logprob) {}

    /**
     * All of a request.
     *
     * @param answers one a choice
     * @param report what they took
     */
    record Answered(List<Answer> answers, Report report) {}

    private EngineAnswers(int choices) {
        for (int i = 0; i < choices; i++) {
            texts.add(new StringBuilder());
            tokens.add(new ArrayList<>());
        }
    }

    /** Waits for all answers; fails as the request does. */
    static Answered of(Generation generation, int choices) {
        EngineAnswers collected = new EngineAnswers(choices);
        generation.subscribe(collected);
        Report report = collected.report.join();
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < choices; i++) {
            List<ReleasedToken> released = collected.tokens.get(i);
            double sum = 0;
            for (ReleasedToken token : released) {
                Double logprob = token.logprob();
                sum += logprob == null ? 0 : logprob;
            }
            answers.add(new Answer(
                    collected.texts.get(i).toString(),
                    released.stream().map(ReleasedToken::id).toList(),
                    sum));
        }
        return new Answered(answers, report);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(@Nullable GenerationEvent event) {
        if (event instanceof Delta delta) {
            texts.get(delta.choice()).append(delta.text());
            tokens.get(delta.choice()).addAll(delta.tokens());
        } else if (event instanceof Completed completed) {
            report.complete(completed.report());
        }
    }

    @Override
    public void onError(Throwable failure) {
        report.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        report.completeExceptionally(new IllegalStateException("the request ended without a report"));
    }
}
