package dev.sluice.engine;

import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Collects all events of a request, with demand that the test controls. */
final class Answers implements Flow.Subscriber<GenerationEvent> {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch subscribed = new CountDownLatch(1);
    final List<GenerationEvent> events = new ArrayList<>();
    private final long demand;
    volatile Flow.@Nullable Subscription subscription;
    volatile @Nullable Throwable error;

    /** What one choice released. */
    record Choice(
            String text,
            List<Integer> ids,
            List<ReleasedToken> tokens,
            @Nullable FinishReason reason) {}

    private Answers(long demand) {
        this.demand = demand;
    }

    /** Subscribes with all the demand there is. */
    static Answers of(Generation generation) {
        return with(generation, Long.MAX_VALUE);
    }

    /** Subscribes with limited demand. */
    static Answers with(Generation generation, long demand) {
        Answers answers = new Answers(demand);
        generation.subscribe(answers);
        return answers;
    }

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
        subscription = newSubscription;
        if (demand > 0) {
            newSubscription.request(demand);
        }
        subscribed.countDown();
    }

    @Override
    public synchronized void onNext(GenerationEvent event) {
        events.add(event);
    }

    @Override
    public void onError(Throwable throwable) {
        error = throwable;
        ended.countDown();
    }

    @Override
    public void onComplete() {
        ended.countDown();
    }

    /** Waits for the end. */
    Answers await() {
        try {
            if (!ended.await(120, TimeUnit.SECONDS)) {
                throw new AssertionError("no end after 120 s; " + events.size() + " events");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return this;
    }

    synchronized int count() {
        return events.size();
    }

    /** The choice with an index, as far as it was released. */
    synchronized Choice choice(int index) {
        StringBuilder text = new StringBuilder();
        List<Integer> ids = new ArrayList<>();
        List<ReleasedToken> tokens = new ArrayList<>();
        FinishReason reason = null;
        for (GenerationEvent event : events) {
            if (event instanceof GenerationEvent.Delta delta && delta.choice() == index) {
                text.append(delta.text());
                delta.tokens().forEach(token -> ids.add(token.id()));
                tokens.addAll(delta.tokens());
            } else if (event instanceof GenerationEvent.Finished finished && finished.choice() == index) {
                reason = finished.reason();
            }
        }
        return new Choice(text.toString(), ids, tokens, reason);
    }

    /** The report of a completed request. */
    synchronized Report report() {
        GenerationEvent last = events.get(events.size() - 1);
        if (last instanceof GenerationEvent.Completed completed) {
            return completed.report();
        }
        throw new AssertionError("not completed: " + last + ", error " + error);
    }
}
