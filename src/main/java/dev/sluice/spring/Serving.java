package dev.sluice.spring;

import dev.sluice.draft.Drafters;
import dev.sluice.engine.Engine;
import dev.sluice.engine.EngineException;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.Generation;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.hook.persona.Persona;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.torch.MachineProfile;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.TextTooLongException;
import dev.sluice.token.Tokenizer;
import dev.sluice.token.TokenizerException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;

/**
 * A loaded model behind a running engine: what it takes to answer.
 *
 * @param name the model's name on the wire
 * @param model what the model is
 * @param tokenizer its tokenizer
 * @param chat its chat template, or null where it has none
 * @param maxContext most tokens of prompt and answer together
 * @param policies the policies in force
 * @param speculation how a request speculates that says nothing
 * @param engine accepts a request or throws an {@link EngineException}
 * @param onClose ends all requests and frees the model; idempotent
 * @param machine how the model uses native threads, or null where it does not say
 * @param drafters names of the drafters that a request may ask for
 */
public record Serving(
        String name,
        ModelDescription model,
        Tokenizer tokenizer,
        @Nullable ChatTemplate chat,
        int maxContext,
        PolicySet policies,
        Speculation speculation,
        Function<GenerationRequest, Generation> engine,
        Runnable onClose,
        @Nullable MachineProfile machine,
        List<String> drafters) {

    private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

    /** Serves with a model that does not say how it uses native threads, and without a draft model. */
    public Serving(
            String name,
            ModelDescription model,
            Tokenizer tokenizer,
            @Nullable ChatTemplate chat,
            int maxContext,
            PolicySet policies,
            Speculation speculation,
            Function<GenerationRequest, Generation> engine,
            Runnable onClose) {
        this(
                name,
                model,
                tokenizer,
                chat,
                maxContext,
                policies,
                speculation,
                engine,
                onClose,
                null,
                Drafters.names(false));
    }

    /**
     * Starts an engine on a model and takes ownership of the model, on failure too.
     *
     * @param loaded the model, and the draft model if there is one
     * @param policies the policies to enforce
     * @param properties bounds, and the model's name if another than its own is wanted
     */
    public static Serving start(LoadedModel loaded, PolicySet policies, SluiceProperties properties) {
        ModelDescription description = loaded.model().description();
        Engine engine = engine(loaded, policies, properties);
        String alias = properties.model().name();
        return new Serving(
                alias != null ? alias : description.name(),
                description,
                loaded.tokenizer(),
                loaded.chat(),
                properties.engineSettings(description.contextLength()).maxContext(),
                policies,
                properties.draft().toSpeculation(),
                engine::submit,
                () -> {
                    engine.close();
                    loaded.closeTokenizer();
                },
                loaded.model() instanceof TorchModel torch ? torch.profile() : null,
                Drafters.names(loaded.draft() != null));
    }

    /**
     * Starts the engine of the settings, with the drafts that ship, and takes ownership of the model, on failure too.
     *
     * @param loaded the model
     * @param policies the policies to enforce
     * @param properties bounds and defaults
     */
    public static Engine engine(LoadedModel loaded, PolicySet policies, SluiceProperties properties) {
        ModelDescription description = loaded.model().description();
        try {
            require(policies, description);
            return new Engine(
                    loaded.model(),
                    loaded.tokenizer().vocabulary(),
                    properties.engineSettings(description.contextLength()),
                    () -> policies,
                    WarmTable.of(description, loaded.tokenizer().vocabulary().size()),
                    properties.draft().historyBytes().toBytes(),
                    loaded.draft());
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    /** Makes sure that what the policies were trained for is this model, and warns of what is only near it. */
    private static void require(PolicySet policies, ModelDescription model) {
        for (Policy policy : policies.policies().values()) {
            policy.hooks().forEach(hook -> hook.require(model));
            policy.heads()
                    .forEach(head -> head.require(model)
                            .ifPresent(warning -> LOG.warn("policy {}: {}", policy.name(), warning)));
        }
    }

    /**
     * The prompt of a conversation, ending where the model's turn begins; text of a message never names control tokens.
     *
     * @throws EngineException if the model has no chat template, the template refuses the messages, or they are longer
     *     than the context
     */
    public int[] encode(List<ChatMessage> messages) {
        if (chat == null) {
            throw new EngineException(
                    Code.INVALID_VALUE,
                    "messages",
                    "model \"" + name + "\" has no chat template: use plain prompts, or another model");
        }
        try {
            return chat.encode(messages, true, maxContext);
        } catch (TextTooLongException e) {
            throw tooLong("messages");
        } catch (TokenizerException e) {
            throw new EngineException(Code.INVALID_VALUE, "messages", String.valueOf(e.getMessage()));
        }
    }

    /**
     * A request with the prompt of a conversation, or, where personas apply to it, with a lane for each of them.
     *
     * @param request what is asked, its prompt aside
     * @param weights of personas, by name, that the request gives; most give none
     * @throws EngineException as {@link #encode(List)}, and if the policies do not allow the weights
     */
    public GenerationRequest conversation(
            GenerationRequest request, List<ChatMessage> messages, Map<String, Double> weights) {
        Persona persona = PersonaLanes.applying(policies, request.policies());
        if (persona != null) {
            return request.ofPersona(PersonaLanes.of(persona, messages, weights, this));
        }
        if (!weights.isEmpty()) {
            throw new EngineException(
                    Code.INVALID_VALUE,
                    "sluice.persona",
                    "no policy with personas applies to the request; leave it out");
        }
        return request.ofPrompt(encode(messages));
    }

    /**
     * The prompt of a plain text; names of control tokens in it are those tokens.
     *
     * @throws EngineException if it is longer than the context
     */
    public int[] encode(String prompt) {
        try {
            return tokenizer.encode(prompt, true, maxContext);
        } catch (TextTooLongException e) {
            throw tooLong("prompt");
        }
    }

    private EngineException tooLong(String parameter) {
        return new EngineException(
                Code.CONTEXT_EXCEEDED,
                parameter,
                "the prompt has more tokens than the context of " + maxContext + ": shorten it");
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
