package dev.sluice.train;

import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetIndex;
import dev.sluice.hook.unlearn.Router;
import dev.sluice.model.FeedForward;
import dev.sluice.model.SentenceEncoder;
import dev.sluice.train.Fit.Fitted;
import dev.sluice.train.RouterPrompts.Group;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trains a router (GUARD's prompt classifier) and chooses its thresholds. One thread; what it uses is lent.
 *
 * <p>A question with all its wordings goes either to training or, one in five, to validation. The network is
 * Linear-ReLU-Linear-ReLU-Linear of 256 as published, behind a layer norm, since states differ much in size; cross-entropy
 * with both classes counting alike, Adam at 1e-3, batches of 32, dropout 0.1, at most 50 epochs, early stop.
 *
 * <p>Thresholds, for at most one false alarm in a hundred validation negatives: the router's, at least 0.5; the similarity that
 * flags alone; and the one that flags beside the router, above every negative, so that it adds hardly any alarm of its own.
 *
 * @param encode a question as a prompt of the model
 * @param states reads prompts behind the router's layer
 * @param encoder encodes sentences
 * @param fit fits the network
 * @param said hears how it goes, a line at a time
 */
public record RouterTraining(
        Function<String, int[]> encode, PromptStates states, SentenceEncoder encoder, Fit fit, Consumer<String> said) {
    private static final int HIDDEN = 256;
    private static final double ALARMS = 0.01;
    private static final double LEAST = 0.5;
    private static final double MARGIN = 0.02;

    /**
     * What came of it.
     *
     * @param network the router
     * @param threshold of its probability
     * @param similarity flags beside it
     * @param alone flags without it
     * @param index the forget set, with vectors
     * @param recall share of the validation questions about the forget set, in all wordings, that the router flags
     * @param alarms share of the others that it flags
     * @param tried validation prompts
     * @param epochs the best epoch
     * @param finished whether the fit came to its end
     */
    public record Trained(
            FeedForward network,
            double threshold,
            double similarity,
            double alone,
            ForgetIndex index,
            double recall,
            double alarms,
            int tried,
            int epochs,
            boolean finished) {}

    /** Prompts by their part, with what was read of them. */
    private static final class Part {
        final List<float[]> states = new ArrayList<>();
        final List<Integer> labels = new ArrayList<>();

        Examples examples() {
            return Examples.balanced(
                    states.toArray(new float[0][]),
                    labels.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    /**
     * Trains.
     *
     * @param further more negatives
     * @param checkpoint written after each epoch and gone on from where it exists, or null
     */
    public Trained run(
            List<ForgetEntry> forget,
            List<ForgetEntry> retain,
            List<ForgetEntry> further,
            long seed,
            int epochs,
            @Nullable Path checkpoint) {
        List<Group> groups = RouterPrompts.of(forget, retain, further).groups();
        ForgetIndex index =
                ForgetIndex.of(forget, DocumentFrequencies.of(retain)).withWords(encoder);
        SplittableRandom random = new SplittableRandom(seed);
        Part training = new Part();
        Part validation = new Part();
        List<Double> similarities = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.get(i);
            Part part = random.nextInt(5) == 0 ? validation : training;
            for (String prompt : group.prompts()) {
                part.states.add(states.mean(encode.apply(prompt)));
                part.labels.add(group.forget() ? 1 : 0);
            }
            if (!group.forget() && !group.nearMiss()) {
                similarities.add(index.similarity(group.prompts().get(0), encoder));
            }
            if (i % 50 == 49 || i == groups.size() - 1) {
                said.accept("read the wordings of %d of %d questions".formatted(i + 1, groups.size()));
            }
        }
        requireBoth(training);
        requireBoth(validation);
        FeedForward start = Fit.initial(seed, true, training.states.get(0).length, HIDDEN, HIDDEN, 2);
        Fitted fitted = fit.run(
                start,
                training.examples(),
                validation.examples(),
                new FitSettings(seed, epochs, 32, 8, 1e-3, 0, 0.1),
                checkpoint,
                epoch -> {
                    said.accept(epoch.line());
                    return !Thread.currentThread().isInterrupted();
                });
        return trained(fitted, validation, index, similarities);
    }

    private static void requireBoth(Part part) {
        if (!part.labels.contains(0) || !part.labels.contains(1)) {
            throw new IllegalArgumentException(
                    "a router needs questions of both sets to train on and to validate by, some"
                            + " twenty of each; there are too few");
        }
    }

    private static Trained trained(Fitted fitted, Part validation, ForgetIndex index, List<Double> similarities) {
        Router open = new Router("", "", fitted.network(), 1, 0);
        List<Double> alarms = new ArrayList<>();
        List<Double> hits = new ArrayList<>();
        for (int i = 0; i < validation.labels.size(); i++) {
            (validation.labels.get(i) == 1 ? hits : alarms).add(open.probability(validation.states.get(i)));
        }
        double threshold = Math.min(0.999, Math.max(LEAST, bound(alarms, ALARMS)));
        return new Trained(
                fitted.network(),
                threshold,
                Math.min(1, bound(similarities, 0) + MARGIN),
                Math.nextUp(bound(similarities, ALARMS)),
                index,
                above(hits, threshold),
                above(alarms, threshold),
                validation.labels.size(),
                fitted.epoch(),
                fitted.finished());
    }

    /** The least of the values that at most a share of them exceeds. */
    static double bound(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() - 1 - (int) (share * sorted.size()));
    }

    private static double above(List<Double> values, double bound) {
        return (double) values.stream().filter(value -> value > bound).count() / values.size();
    }
}
