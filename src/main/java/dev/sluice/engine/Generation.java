package dev.sluice.engine;

import java.util.concurrent.Flow;

/**
 * A submitted request. Subscribed to once; events come on the engine's delivery thread as they are demanded.
 *
 * <p>Cancelling the subscription frees the request's memory within one pass. A subscriber that demands nothing holds up
 * its own request alone. Ends with {@link GenerationEvent.Completed} and {@code onComplete}, or with {@code onError} of
 * an {@link EngineException}.
 */
public interface Generation extends Flow.Publisher<GenerationEvent> {}
