package dev.sluice.engine;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Growth;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.draft.Successors;
import dev.sluice.draft.TokenSequence;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.model.CausalModel;
import dev.sluice.policy.PolicySet;
import dev.sluice.token.Vocabulary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.function.IntConsumer;

/**
 * Makes the table that Token Recycling begins with from answers that the model itself writes, greedily: the rows of an
 * answer are learned in order, and the answers in the order of their prompts, so that the same model gives the same table.
 */
public final class SuccessorTraining {
    private static final int TOGETHER = 8;
    private static final Duration LONG = Duration.ofDays(1);

    private SuccessorTraining() {}

    /** Keeps the row behind every emitted token. */
    private record Recorder(List<Successors> rows, List<Integer> tokens) implements Drafter {
        @Override
        public String name() {
            return "recorder";
        }

        @Override
        public Growth grow(TokenSequence context, TreeBuilder tree) {
            return Growth.NONE;
        }

        @Override
        public void observe(int[] verified, Successors[] successors) {
            tokens.add(verified[0]);
            rows.add(successors[0]);
        }

        @Override
        public void finish(TokenSequence context) {}
    }

    /**
     * Answers prompts and learns from the rows. Takes ownership of the model.
     *
     * @param prompts each at least one token, with room for the answer in the context
     * @param maxTokens most tokens of an answer
     * @param progress hears how many prompts are done
     */
    public static SuccessorTable run(
            CausalModel model, Vocabulary vocabulary, List<int[]> prompts, int maxTokens, IntConsumer progress)
            throws InterruptedException {
        EngineSettings settings = new EngineSettings(
                TOGETHER, model.description().contextLength(), TOGETHER, LONG, LONG, 64, List.of(), 0);
        SuccessorTable table = new SuccessorTable(vocabulary.size());
        List<Recorder> recorders = new ArrayList<>();
        prompts.forEach(prompt -> recorders.add(new Recorder(new ArrayList<>(), new ArrayList<>())));
        DrafterFactory factory = (scope, names, noise, promptLength) -> recorders.get(Integer.parseInt(scope.tenant()));
        try (Engine engine = new Engine(model, vocabulary, settings, PolicySet::empty, factory, System::nanoTime)) {
            List<Ending> running = new ArrayList<>();
            for (int done = 0; done < prompts.size(); done++) {
                while (running.size() < Math.min(prompts.size(), done + TOGETHER)) {
                    running.add(submit(engine, prompts.get(running.size()), maxTokens, running.size()));
                }
                running.get(done).await();
                Recorder recorder = recorders.get(done);
                for (int i = 0; i < recorder.rows().size(); i++) {
                    table.learn(recorder.tokens().get(i), recorder.rows().get(i));
                }
                progress.accept(done + 1);
            }
        }
        return table;
    }

    private static Ending submit(Engine engine, int[] prompt, int maxTokens, int number) {
        Ending ending = new Ending();
        engine.submit(new GenerationRequest(
                        prompt,
                        SamplingParameters.greedy(),
                        maxTokens,
                        List.of(),
                        1,
                        null,
                        Set.of(),
                        null,
                        false,
                        Integer.toString(number)))
                .subscribe(ending);
        return ending;
    }

    /** Waits for the end of an answer. */
    private static final class Ending implements Flow.Subscriber<GenerationEvent> {
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean failed;

        void await() throws InterruptedException {
            ended.await();
            if (failed) {
                throw new IllegalStateException("an answer failed; the log says why");
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(GenerationEvent event) {}

        @Override
        public void onError(Throwable error) {
            failed = true;
            ended.countDown();
        }

        @Override
        public void onComplete() {
            ended.countDown();
        }
    }
}
