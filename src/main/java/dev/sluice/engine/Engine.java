package dev.sluice.engine;

import dev.sluice.decode.KeyedNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.policy.PolicySet;
import dev.sluice.policy.PolicySet.Applied;
import dev.sluice.token.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves requests: one loop thread runs one pass for all running sessions, one delivery thread hands events out.
 *
 * <p>Thread-safe. Subscribers must not block in {@code onNext}: they share the delivery thread.
 */
public final class Engine implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Engine.class);

    /** Most draft nodes of a pass; memory for them is set aside whatever a request asks, so that they never bound it. */
    private static final int MAX_NODES = 64;

    private static final long DEFAULT_ANSWER_BYTES = 32L << 20;

    private final CausalModel model;
    private final Vocabulary vocabulary;
    private final EngineSettings settings;
    private final Supplier<PolicySet> policies;
    private final LongSupplier clock;
    private final DrafterFactory drafters;
    private final PrefixReuse prefixReuse;
    private final EngineLoop loop;
    private final Thread loopThread;
    private final ExecutorService delivery;
    private final AtomicLong ids = new AtomicLong();

    /**
     * Starts the loop; takes ownership of the model.
     *
     * @param policies the current set, asked once a request
     */
    public Engine(CausalModel model, Vocabulary vocabulary, EngineSettings settings, Supplier<PolicySet> policies) {
        this(model, vocabulary, settings, policies, new SuccessorTable(vocabulary.size()), DEFAULT_ANSWER_BYTES);
    }

    /**
     * Starts the loop with what drafters begin with; takes ownership of the model.
     *
     * @param policies the current set, asked once a request
     * @param warm what Token Recycling begins with for each tenant; nobody writes it any more
     * @param answerBytes most memory for the earlier answers of all tenants, which drafts are looked up in; 0 keeps none
     */
    public Engine(
            CausalModel model,
            Vocabulary vocabulary,
            EngineSettings settings,
            Supplier<PolicySet> policies,
            SuccessorTable warm,
            long answerBytes) {
        this(model, vocabulary, settings, policies, warm, answerBytes, null);
    }

    /**
     * Starts the loop with a draft model too; takes ownership of both models.
     *
     * @param policies the current set, asked once a request
     * @param warm what Token Recycling begins with for each tenant; nobody writes it any more
     * @param answerBytes most memory for the earlier answers of all tenants, which drafts are looked up in; 0 keeps none
     * @param draft a smaller model with the tokens of the target, or null for none
     */
    public Engine(
            CausalModel model,
            Vocabulary vocabulary,
            EngineSettings settings,
            Supplier<PolicySet> policies,
            SuccessorTable warm,
            long answerBytes,
            @Nullable CausalModel draft) {
        this(
                model,
                vocabulary,
                settings,
                policies,
                new TenantMemories(
                        warm, answerBytes, draft == null ? null : new DraftModel(draft, vocabulary, System::nanoTime)),
                System::nanoTime);
    }

    /**
     * Starts the loop with other drafters and another clock; takes ownership of the model and of what drafts.
     *
     * @param drafters makes the drafter of each choice
     * @param clock nanoseconds since any origin, for deadlines and slow readers
     */
    Engine(
            CausalModel model,
            Vocabulary vocabulary,
            EngineSettings settings,
            Supplier<PolicySet> policies,
            DrafterFactory drafters,
            LongSupplier clock) {
        this.model = model;
        this.vocabulary = vocabulary;
        this.settings = settings;
        this.policies = policies;
        this.clock = clock;
        this.drafters = drafters;
        model.watch(promptLayers(policies.get()));
        // A page of a wider pass differs in rounding where kernels do: answers would depend on what came before.
        this.prefixReuse = model.description().identity() == Identity.EXACT ? settings.prefixReuse() : PrefixReuse.OFF;
        this.loop = new EngineLoop(model, drafters, settings, clock);
        this.loopThread = daemon("sluice-engine", loop);
        this.delivery = Executors.newSingleThreadExecutor(task -> daemon("sluice-delivery", task));
        loopThread.start();
    }

    /** Blocks behind which some hook reads the prompt. */
    private static List<Integer> promptLayers(PolicySet set) {
        return set.policies().values().stream()
                .flatMap(policy -> policy.hooks().stream())
                .flatMap(hook -> Arrays.stream(hook.promptLayers()).boxed())
                .distinct()
                .sorted()
                .toList();
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Accepts a request or refuses it at once. Any thread.
     *
     * @throws EngineException if the request cannot be served
     */
    public Generation submit(GenerationRequest request) {
        int maxTokens = maxTokens(request);
        Speculation speculation = speculation(request);
        PolicySet set = policies.get();
        List<Applied> applied = ActiveRequest.resolve(set, request);
        requireLanes(applied, request);
        GenerationStream stream = new GenerationStream(this::deliver, () -> LockSupport.unpark(loopThread));
        List<DecodingSession> choices = new ArrayList<>();
        ActiveRequest active = new ActiveRequest(
                ids.incrementAndGet(),
                request,
                maxTokens,
                speculation,
                set.revision(),
                applied,
                stream,
                clock.getAsLong() + settings.deadline().toNanos(),
                prefixReuse.scope(request),
                choices);
        GuardState guards = guards(applied, request);
        for (int choice = 0; choice < request.choices(); choice++) {
            Law law = new Law(
                    request.sampling()
                            .withSeed(KeyedNoise.choiceSeed(request.sampling().seed(), choice)),
                    vocabulary,
                    model,
                    settings.prefillChunk(),
                    ActiveRequest.heads(applied, false).stream().anyMatch(AcceptanceHead::byScore),
                    request.persona());
            Position start = Position.start(guards, law.counts(request.prompt()), StopState.of(request.stop()));
            choices.add(new DecodingSession(active, choice, law, drafter(request, speculation, law), start));
        }
        loop.accept(active);
        LockSupport.unpark(loopThread);
        return stream;
    }

    /** On the delivery thread; on the caller's once the engine is closed, so that no subscriber waits for its end. */
    private void deliver(Runnable task) {
        try {
            delivery.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private Drafter drafter(GenerationRequest request, Speculation speculation, Law law) {
        try {
            CacheScope scope = new CacheScope(request.tenant(), request.cacheSalt());
            return drafters.create(scope, speculation.drafters(), law.draftNoise(), request.prompt().length);
        } catch (IllegalArgumentException e) {
            throw new EngineException(
                    Code.UNKNOWN_DRAFTER, "sluice.speculation.drafters", String.valueOf(e.getMessage()));
        }
    }

    private GuardState guards(List<Applied> applied, GenerationRequest request) {
        try {
            return GuardState.start(applied, new PromptContext(vocabulary, request.prompt()));
        } catch (HookFailedException e) {
            log.error("a request was refused: {}", e.getMessage(), e.getCause());
            throw EngineException.of(e);
        }
    }

    /** A policy of personas can be held only where the request has their lanes. */
    private static void requireLanes(List<Applied> applied, GenerationRequest request) {
        for (Applied one : applied) {
            if (!one.shadow() && one.policy().persona() != null && request.persona() == null) {
                throw new EngineException(
                        Code.INVALID_VALUE,
                        "prompt",
                        "policy " + one.policy().name()
                                + " has personas, which judge conversations only; use /v1/chat/completions");
            }
        }
    }

    private int maxTokens(GenerationRequest request) {
        PersonaPrompt persona = request.persona();
        int lanes = persona == null ? 1 : persona.lanes().size();
        int longest = persona == null
                ? request.prompt().length
                : persona.lanes().stream()
                        .mapToInt(lane -> lane.tokens().length)
                        .max()
                        .orElse(0);
        int context = Math.min(settings.maxContext(), model.totalPositions() / lanes - MAX_NODES);
        int room = context - longest;
        if (request.prompt().length == 0) {
            throw new EngineException(Code.INVALID_VALUE, "prompt", "the prompt must hold at least one token, held 0");
        }
        if (room < 1) {
            throw new EngineException(
                    Code.CONTEXT_EXCEEDED,
                    "prompt",
                    "the context holds " + context + " tokens, the prompt has " + longest
                            + "; shorten it, or raise what binds: sluice.engine.max-context or sluice.model.kv-memory");
        }
        Integer wanted = request.maxTokens();
        if (wanted == null) {
            return room;
        }
        if (wanted < 1 || wanted > room) {
            throw new EngineException(
                    wanted < 1 ? Code.INVALID_VALUE : Code.CONTEXT_EXCEEDED,
                    "max_tokens",
                    "max_tokens must be between 1 and " + room + " (context " + context + ", prompt " + longest
                            + "), was " + wanted);
        }
        return wanted;
    }

    private Speculation speculation(GenerationRequest request) {
        Speculation wanted = request.speculation();
        if (wanted == null) {
            wanted = new Speculation(settings.maxNodes() != 0, settings.drafters(), settings.maxNodes());
        }
        if (wanted.maxNodes() != Speculation.AUTO && (wanted.maxNodes() < 0 || wanted.maxNodes() > MAX_NODES)) {
            throw new EngineException(
                    Code.INVALID_VALUE,
                    "sluice.speculation.max_nodes",
                    "max_nodes must be auto or between 0 and " + MAX_NODES + ", was " + wanted.maxNodes());
        }
        return wanted.enabled() ? wanted : new Speculation(false, List.of(), 0);
    }

    /** What the model is. */
    public ModelDescription model() {
        return model.description();
    }

    /** What the engine is doing, as of the last pass. */
    public EngineStatus status() {
        return loop.status();
    }

    /** Where the loop's time went since the start; subtract an earlier reading to measure a stretch. Any thread. */
    public TurnTimes turnTimes() {
        return loop.turnTimes();
    }

    /** Ends all requests, then frees the models. Idempotent. */
    @Override
    public void close() {
        loop.close();
        LockSupport.unpark(loopThread);
        boolean interrupted = false;
        while (loopThread.isAlive()) {
            try {
                loopThread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        delivery.shutdown();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
