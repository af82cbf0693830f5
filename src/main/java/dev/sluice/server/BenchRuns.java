package dev.sluice.server;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.GenerationEvent;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.Serving;
import dev.sluice.token.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;

/**
 * Answers prompts in every mode, greedily, and times it. Each mode is a tenant: none learns drafts from another. Each
 * request has a salt of its own: none finds its prompt computed.
 */
final class BenchRuns {
    private static final String POLICY = "bench";
    private final Serving serving;
    private final int maxTokens;
    private final Consumer<String> progress;
    private int requests;

    /**
     * Runs on a serving model whose policies hold {@link #guard}.
     *
     * @param maxTokens most tokens of an answer
     * @param progress hears of each step
     */
    BenchRuns(Serving serving, int maxTokens, Consumer<String> progress) {
        this.serving = serving;
        this.maxTokens = maxTokens;
        this.progress = progress;
    }

    /** The policy of the guarded modes: phrases, folded and rewinding, and a pattern. Applies where it is named. */
    static PolicySet guard() {
        PhraseRule phrases = new PhraseRule(
                new RuleId(POLICY, "phrases"),
                List.of("Project Nightjar", "as an AI language model", "in conclusion", "it is important to note"),
                null,
                PhraseRule.Match.FOLDED,
                PhraseRule.OnMatch.REWIND,
                false,
                null,
                64);
        PhraseRule card = new PhraseRule(
                new RuleId(POLICY, "card"),
                List.of(),
                "\\b(?:\\d[ -]?){15}\\d\\b",
                PhraseRule.Match.FOLDED,
                PhraseRule.OnMatch.REWIND,
                false,
                null,
                64);
        PhraseHook hook = PhraseHook.compile(List.of(phrases, card));
        Policy policy = new Policy(POLICY, "what bench guards with", List.of(hook), List.of(), hook.holdBack());
        return new PolicySet(POLICY, Map.of(POLICY, policy), List.of());
    }

    /** Every prompt in every mode, the modes beginning with another at each prompt. */
    List<BenchResult.Run> inTurns(List<BenchPrompt> prompts) {
        for (BenchResult.Mode mode : BenchResult.Mode.values()) {
            run(new BenchPrompt("warm-up", "Say hello."), mode);
        }
        List<BenchResult.Run> runs = new ArrayList<>();
        BenchResult.Mode[] modes = BenchResult.Mode.values();
        for (int i = 0; i < prompts.size(); i++) {
            progress.accept("prompt %d of %d (%s)"
                    .formatted(i + 1, prompts.size(), prompts.get(i).category()));
            for (int turn = 0; turn < modes.length; turn++) {
                runs.add(run(prompts.get(i), modes[(i + turn) % modes.length]));
            }
        }
        return runs;
    }

    /** Answers without speculation: all at once against one after the other. */
    BenchResult.Together together(List<BenchPrompt> prompts, int streams) {
        progress.accept(streams + " streams together, and one after the other");
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            requests.add(request(prompts.get(i % prompts.size()), BenchResult.Mode.PLAIN));
        }
        double one = tokensPerSecond(Flux.fromIterable(requests).concatMap(serving::generate));
        double all = tokensPerSecond(Flux.fromIterable(requests).flatMap(serving::generate, streams));
        return new BenchResult.Together(streams, one, all);
    }

    private static double tokensPerSecond(Flux<GenerationEvent> events) {
        long start = System.nanoTime();
        int tokens = 0;
        for (GenerationEvent event : events.toIterable()) {
            if (event instanceof GenerationEvent.Completed completed) {
                tokens += completed.report().completionTokens();
            }
        }
        return tokens / ((System.nanoTime() - start) / 1e9);
    }

    private BenchResult.Run run(BenchPrompt prompt, BenchResult.Mode mode) {
        List<Integer> tokens = new ArrayList<>();
        Report report = null;
        long start = System.nanoTime();
        for (GenerationEvent event : serving.generate(request(prompt, mode)).toIterable()) {
            if (event instanceof GenerationEvent.Delta delta) {
                delta.tokens().forEach(token -> tokens.add(token.id()));
            } else if (event instanceof GenerationEvent.Completed completed) {
                report = completed.report();
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        if (report == null) {
            throw new IllegalStateException("the engine ended without a report");
        }
        return new BenchResult.Run(prompt, mode, List.copyOf(tokens), seconds, report);
    }

    private GenerationRequest request(BenchPrompt prompt, BenchResult.Mode mode) {
        int[] tokens = serving.chat() == null
                ? serving.encode(prompt.text())
                : serving.encode(List.of(new ChatMessage("user", prompt.text())));
        Speculation speculation = new Speculation(
                mode.speculative(),
                serving.speculation().drafters(),
                serving.speculation().maxNodes());
        return new GenerationRequest(
                tokens,
                SamplingParameters.greedy(),
                maxTokens,
                List.of(),
                1,
                null,
                mode.guarded() ? Set.of(POLICY) : Set.of(),
                speculation,
                true,
                mode.name(),
                "request " + requests++);
    }
}
