package dev.sluice.spring;

import dev.sluice.engine.Engine;
import dev.sluice.engine.EngineException;
import dev.sluice.engine.Generation;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.model.ModelDescription;
import dev.sluice.policy.PolicySet;
import dev.sluice.token.Tokenizer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/**
 * A loaded model behind a running engine: what it takes to answer.
 *
 * @param name the model's name on the wire
 * @param model what the model is
 * @param tokenizer its tokenizer
 * @param chat its chat template, or null where it has none
 * @param policies the policies in force
 * @param speculation how a request speculates that says nothing
 * @param engine accepts a request or throws an {@link EngineException}
 * @param onClose ends all requests and frees the model; idempotent
 */
public record Serving(
        String name,
        ModelDescription model,
        Tokenizer tokenizer,
        @Nullable ChatEncoder chat,
        PolicySet policies,
        Speculation speculation,
        Function<GenerationRequest, Generation> engine,
        Runnable onClose) {

    /**
     * Starts an engine on a model and takes ownership of the model, on failure too.
     *
     * @param loaded the model
     * @param policies the policies to enforce
     * @param properties bounds, and the model's name if another than its own is wanted
     */
    public static Serving start(LoadedModel loaded, PolicySet policies, SluiceProperties properties) {
        ModelDescription description = loaded.model().description();
        Engine engine;
        try {
            engine = new Engine(
                    loaded.model(),
                    loaded.tokenizer().vocabulary(),
                    properties.engineSettings(description.contextLength()),
                    () -> policies);
        } catch (RuntimeException e) {
            loaded.model().close();
            throw e;
        }
        String alias = properties.model().name();
        return new Serving(
                alias != null ? alias : description.name(),
                description,
                loaded.tokenizer(),
                loaded.chat(),
                policies,
                properties.draft().toSpeculation(),
                engine::submit,
                engine::close);
    }

    /**
     * The events of a request, submitted when subscribed to; cancelling frees its memory within one pass.
     *
     * <p>Fails with an {@link EngineException} where the engine refuses the request.
     */
    public Flux<GenerationEvent> generate(GenerationRequest request) {
        return Flux.defer(() -> JdkFlowAdapter.flowPublisherToFlux(engine.apply(request)));
    }
}
