package dev.sluice.engine;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one request between the engine loop, which adds them, and its one subscriber.
 *
 * <p>Thread-safe. The loop never waits here: events beyond the demand are kept, and {@link #congested} tells the loop to
 * leave the request's sessions out of the next pass.
 */
final class GenerationStream implements Generation, Flow.Subscription {
    private static final Logger log = LoggerFactory.getLogger(GenerationStream.class);
    private static final int CONGESTED_AT = 32;

    private final Executor delivery;
    private final Runnable wakeLoop;
    private final ConcurrentLinkedQueue<GenerationEvent> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger draining = new AtomicInteger();
    private final AtomicReference<Flow.@Nullable Subscriber<? super GenerationEvent>> subscriber =
            new AtomicReference<>();
    private volatile boolean cancelled;
    private volatile boolean ended;
    private volatile @Nullable EngineException failure;
    private boolean terminated;

    /**
     * An empty stream.
     *
     * @param delivery runs the subscriber's methods, one at a time for this stream
     * @param wakeLoop called when the loop may go on with this request
     */
    GenerationStream(Executor delivery, Runnable wakeLoop) {
        this.delivery = delivery;
        this.wakeLoop = wakeLoop;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super GenerationEvent> newSubscriber) {
        if (!subscriber.compareAndSet(null, newSubscriber)) {
            newSubscriber.onSubscribe(new NoSubscription());
            newSubscriber.onError(
                    new IllegalStateException("a generation has one subscriber; submit the request again"));
            return;
        }
        newSubscriber.onSubscribe(this);
        drainSoon();
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            fail(new EngineException(EngineException.Code.INVALID_VALUE, null, "demand must be positive, was " + n));
            return;
        }
        demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
        drainSoon();
    }

    @Override
    public void cancel() {
        cancelled = true;
        wakeLoop.run();
    }

    /** Adds an event. Engine loop only. */
    void emit(GenerationEvent event) {
        size.incrementAndGet();
        events.add(event);
        drainSoon();
    }

    /** Ends the stream after the events that are in it. Engine loop only. */
    void complete() {
        ended = true;
        drainSoon();
    }

    /** Ends the stream with an error after the events that are in it; the first end counts. */
    void fail(EngineException error) {
        if (!ended) {
            failure = error;
            ended = true;
            drainSoon();
        }
    }

    /** Whether nobody waits for more: the subscriber has left, or was sent an error that is its own fault. */
    boolean cancelled() {
        return cancelled || ended;
    }

    /** Whether so much is waiting for demand that nothing more should be made. */
    boolean congested() {
        return size.get() >= CONGESTED_AT;
    }

    private void drainSoon() {
        if (draining.getAndIncrement() == 0) {
            delivery.execute(this::drain);
        }
    }

    private void drain() {
        int seen = draining.get();
        do {
            Flow.Subscriber<? super GenerationEvent> to = subscriber.get();
            if (to != null && !terminated) {
                try {
                    deliver(to);
                } catch (RuntimeException e) {
                    // A subscriber must not throw: it is treated as one that has left.
                    log.warn(
                            "a subscriber threw {}; its request is cancelled",
                            e.getClass().getName());
                    terminated = true;
                    cancel();
                }
            }
            seen = draining.addAndGet(-seen);
        } while (seen != 0);
    }

    private void deliver(Flow.Subscriber<? super GenerationEvent> to) {
        boolean wasCongested = congested();
        while (!cancelled && demand.get() > 0) {
            GenerationEvent event = events.poll();
            if (event == null) {
                break;
            }
            size.decrementAndGet();
            if (demand.get() != Long.MAX_VALUE) {
                demand.decrementAndGet();
            }
            to.onNext(event);
        }
        if (cancelled) {
            terminated = true;
            events.clear();
        } else if (ended && events.isEmpty()) {
            terminated = true;
            EngineException error = failure;
            if (error == null) {
                to.onComplete();
            } else {
                to.onError(error);
            }
        }
        if (wasCongested && !congested()) {
            wakeLoop.run();
        }
    }

    /** What a second subscriber gets before its error. */
    private static final class NoSubscription implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }
}
