package dev.sluice.engine;

import dev.sluice.draft.PassCosts;
import dev.sluice.model.CausalModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Continuous batching: between two passes requests join and leave, then one pass serves every session that can go on.
 *
 * <p>All state but the inbox belongs to the loop's thread. Admission is first come, first served by request; choices of
 * one request wait for each other's turn, so that a request with many choices does not shut out the next one.
 */
final class EngineLoop implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);
    private static final long IDLE_NANOS = 1_000_000_000L;
    private static final long STALLED_NANOS = 50_000_000L;

    private final CausalModel model;
    private final DrafterFactory drafters;
    private final EngineSettings settings;
    private final LongSupplier clock;
    private final TurnClock turns;
    private final Queue<ActiveRequest> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final List<ActiveRequest> active = new ArrayList<>();
    private final List<DecodingSession> running = new ArrayList<>();
    private final Map<DecodingSession, Long> stalledSince = new HashMap<>();
    private volatile boolean closing;
    private volatile EngineStatus status;
    private final DraftPlan plan;
    private long passes;

    /** A loop over a model that it takes ownership of, as of what drafts. */
    EngineLoop(CausalModel model, DrafterFactory drafters, EngineSettings settings, LongSupplier clock) {
        this.model = model;
        this.drafters = drafters;
        this.settings = settings;
        this.clock = clock;
        this.turns = new TurnClock(clock);
        this.plan = new DraftPlan(new PassCosts(model.passTimes()));
        this.status = new EngineStatus(0, 0, 0, model.freePositions(), model.totalPositions());
    }

    /** Takes a request in, or refuses it because too many are waiting. Any thread. */
    void accept(ActiveRequest request) {
        if (closing) {
            throw shuttingDown();
        }
        int bound = settings.maxSessions() + settings.queue();
        if (accepted.incrementAndGet() > bound) {
            accepted.decrementAndGet();
            throw new EngineException(
                    EngineException.Code.QUEUE_FULL,
                    null,
                    "at most " + settings.queue() + " requests wait and " + settings.maxSessions()
                            + " run (sluice.engine.queue, sluice.engine.max-sessions); try again later");
        }
        inbox.add(request);
        if (closing && inbox.remove(request)) {
            throw shuttingDown();
        }
    }

    private static EngineException shuttingDown() {
        return new EngineException(
                EngineException.Code.SHUTTING_DOWN, null, "the engine is shutting down; try another instance");
    }

    /** Asks the loop to end; it frees the model. Any thread. */
    void close() {
        closing = true;
    }

    /** What the loop is doing, as of the last pass. Any thread. */
    EngineStatus status() {
        return status;
    }

    /** Where the loop's time went. Any thread. */
    TurnTimes turnTimes() {
        return turns.times();
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                turn();
            }
        } catch (RuntimeException | Error e) {
            log.error("the engine loop ends: nothing more can be served by this process", e);
            throw e;
        } finally {
            closing = true;
            takeInbox();
            EngineException error = new EngineException(
                    EngineException.Code.SHUTTING_DOWN,
                    null,
                    "the engine was shut down before the answer was complete");
            active.forEach(request -> request.end(error));
            try {
                drafters.close();
            } finally {
                model.close();
            }
        }
    }

    /** One turn: who leaves, who joins, one pass. */
    private void turn() {
        turns.enter(TurnClock.Phase.SCHEDULE);
        takeInbox();
        long now = clock.getAsLong();
        dropEnded(now);
        start();
        List<DecodingSession> ready = ready(now);
        if (ready.isEmpty()) {
            publish();
            park(now);
            return;
        }
        pass(ready);
        turns.enter(TurnClock.Phase.SCHEDULE);
        dropEnded(clock.getAsLong());
        publish();
    }

    private void takeInbox() {
        for (ActiveRequest request = inbox.poll(); request != null; request = inbox.poll()) {
            active.add(request);
        }
    }

    /** Ends the requests that are finished, cancelled or late. */
    private void dropEnded(long now) {
        for (Iterator<ActiveRequest> requests = active.iterator(); requests.hasNext(); ) {
            ActiveRequest request = requests.next();
            boolean late = now - request.deadline() >= 0;
            EngineException failure = request.failure();
            if (request.stream().cancelled()) {
                request.choices().forEach(DecodingSession::close);
            } else if (failure != null) {
                request.end(failure);
            } else if (request.finished()) {
                request.end(null);
            } else if (late) {
                request.end(new EngineException(
                        EngineException.Code.DEADLINE_EXCEEDED,
                        null,
                        "the answer was not complete after "
                                + settings.deadline().toMillis()
                                + " ms (sluice.engine.deadline); ask for fewer tokens or try again later"));
            } else {
                continue;
            }
            requests.remove();
            accepted.decrementAndGet();
        }
        running.removeIf(session -> !session.running());
        stalledSince.keySet().retainAll(running);
    }

    /** Gives free places to waiting choices: of the request with the fewest running choices, the oldest first. */
    private void start() {
        while (running.size() - stalledSince.size() < settings.maxSessions()) {
            DecodingSession next = null;
            long fewest = Long.MAX_VALUE;
            for (ActiveRequest request : active) {
                long already = request.runningChoices();
                DecodingSession waiting = request.firstWaiting();
                if (waiting != null && already < fewest && !request.stream().congested()) {
                    next = waiting;
                    fewest = already;
                }
            }
            if (next == null || !fits(next)) {
                return;
            }
            next.start(model);
            running.add(next);
        }
    }

    /** Whether a choice's context fits beside what the running ones need for their next page. */
    private boolean fits(DecodingSession session) {
        int margin = model.pageSize() * (running.size() + 1);
        return running.isEmpty() || session.contextLength() + margin <= model.freePositions();
    }

    /** The sessions of the next pass, with their memory reserved. Those whose reader is slow sit it out. */
    private List<DecodingSession> ready(long now) {
        List<DecodingSession> ready = new ArrayList<>();
        for (DecodingSession session : List.copyOf(running)) {
            if (!session.request().stream().congested()) {
                stalledSince.remove(session);
                if (ready.size() < settings.maxSessions()) {
                    ready.add(session);
                }
            } else if (now - stalledSince.computeIfAbsent(session, any -> now)
                    >= settings.slowReader().toNanos()) {
                yieldPages(session);
            }
        }
        List<DecodingSession> joined = new ArrayList<>();
        for (DecodingSession session : ready) {
            if (session.running() && !session.awaits(joined)) {
                join(session, joined);
            }
        }
        return joined;
    }

    /** Makes sure of a session's memory for the next pass, at the cost of others if need be. */
    private void join(DecodingSession session, List<DecodingSession> joined) {
        while (session.running() && !session.reserve()) {
            DecodingSession victim = victim();
            yieldPages(victim);
            joined.remove(victim);
        }
        if (session.running()) {
            joined.add(session);
        }
    }

    /** Who gives pages back when they run out: one whose reader is slow, else the youngest. */
    private DecodingSession victim() {
        return running.stream()
                .filter(stalledSince::containsKey)
                .findFirst()
                .orElseGet(() -> running.get(running.size() - 1));
    }

    /** Gives a session's pages back; it waits for a place and is prefilled again, to the same bits. */
    private void yieldPages(DecodingSession session) {
        session.suspend();
        running.remove(session);
        stalledSince.remove(session);
    }

    private void pass(List<DecodingSession> ready) {
        try {
            DecodingSession.step(model, ready, plan, turns);
            passes++;
            turns.countPass();
        } catch (RuntimeException e) {
            log.error("a pass over {} sessions failed: {}", ready.size(), ready, e);
            ready.forEach(session -> session.fail(new EngineException(
                    EngineException.Code.INTERNAL, null, "the engine failed; the log of the server says where")));
        }
    }

    private void publish() {
        int waiting = active.stream().mapToInt(ActiveRequest::waitingChoices).sum();
        status = new EngineStatus(running.size(), waiting, passes, model.freePositions(), model.totalPositions());
    }

    private void park(long now) {
        long nanos = stalledSince.isEmpty() ? IDLE_NANOS : STALLED_NANOS;
        for (ActiveRequest request : active) {
            nanos = Math.min(nanos, Math.max(1, request.deadline() - now));
        }
        turns.enter(TurnClock.Phase.IDLE);
        if (inbox.isEmpty() && !closing) {
            LockSupport.parkNanos(this, nanos);
        }
    }
}
