package dev.sluice.train;

import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.FeedForward.Norm;
import dev.sluice.model.NetworkTrainer;
import dev.sluice.model.NetworkTrainer.Batch;
import dev.sluice.model.NetworkTrainer.Settings;
import dev.sluice.model.NetworkTrainer.State;
import dev.sluice.train.FitProgress.Epoch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fits a network to examples: epochs of shuffled batches until the validation loss stops falling; the best epoch wins.
 *
 * <p>Everything that is drawn comes from the seed and the number of the epoch: the same examples and settings give the same
 * bits on one machine, whether the fit ran through or was stopped and resumed.
 */
public final class Fit {
    private final NetworkTrainer.Factory trainers;
    private final LongSupplier clock;

    /**
     * A way to fit.
     *
     * @param trainers take the steps
     * @param clock nanoseconds since any origin, for the time left
     */
    public Fit(NetworkTrainer.Factory trainers, LongSupplier clock) {
        this.trainers = trainers;
        this.clock = clock;
    }

    /**
     * What came of it.
     *
     * @param network the network of the best epoch
     * @param epoch its number
     * @param validationLoss its loss on the validation examples
     * @param accuracy its accuracy there
     * @param finished whether the fit came to its end
     */
    public record Fitted(FeedForward network, int epoch, double validationLoss, double accuracy, boolean finished) {}

    /**
     * A network to begin with: weights and biases uniform within one over the square root of a layer's width.
     *
     * @param norm whether a layer norm comes first
     * @param sizes numbers it reads, those of each hidden layer, and those it gives
     */
    public static FeedForward initial(long seed, boolean norm, int... sizes) {
        Random random = new Random(mixed(seed, -1));
        List<Linear> layers = new ArrayList<>();
        for (int i = 1; i < sizes.length; i++) {
            double bound = 1 / Math.sqrt(sizes[i - 1]);
            layers.add(new Linear(uniform(random, sizes[i - 1] * sizes[i], bound), uniform(random, sizes[i], bound)));
        }
        float[] ones = new float[sizes[0]];
        Arrays.fill(ones, 1);
        return new FeedForward(norm ? new Norm(ones, new float[sizes[0]]) : null, layers);
    }

    /**
     * Fits, from a checkpoint where there is one.
     *
     * @param start the network to begin with; one output compares the two vectors of each example, more classify one
     * @param checkpoint written after each epoch and read first where it exists; null for none. The caller removes it.
     * @throws IllegalArgumentException if the checkpoint is not of this fit
     */
    public Fitted run(
            FeedForward start,
            Examples training,
            Examples validation,
            FitSettings settings,
            @Nullable Path checkpoint,
            FitProgress progress) {
        int choices = start.outputs() * training.vectors();
        long key = Checkpoint.key(start, settings, training, validation);
        Checkpoint at = checkpoint == null ? null : Checkpoint.read(checkpoint, start, key);
        if (at == null) {
            at = new Checkpoint(State.of(start), 0, start, 0, Double.POSITIVE_INFINITY, 0);
        }
        long began = clock.getAsLong();
        int first = at.epoch();
        boolean going = true;
        try (NetworkTrainer trainer =
                trainers.start(at.state(), new Settings(choices, settings.rate(), settings.decay()))) {
            while (going && !ended(at, settings)) {
                double loss = epoch(trainer, training, settings, at.epoch() + 1);
                Score score = score(trainer, validation, choices);
                at = at.next(trainer.state(), score.loss(), score.accuracy());
                if (checkpoint != null) {
                    at.write(checkpoint, key);
                }
                long took = (clock.getAsLong() - began) / (at.epoch() - first);
                going = progress.epoch(new Epoch(
                        at.epoch(),
                        settings.epochs(),
                        loss,
                        score.loss(),
                        score.accuracy(),
                        Duration.ofNanos(took * (settings.epochs() - at.epoch()))));
            }
        }
        return new Fitted(at.best(), at.bestEpoch(), at.bestLoss(), at.bestAccuracy(), ended(at, settings));
    }

    private static boolean ended(Checkpoint at, FitSettings settings) {
        return at.epoch() >= settings.epochs() || at.epoch() - at.bestEpoch() >= settings.patience();
    }

    private static double epoch(NetworkTrainer trainer, Examples examples, FitSettings settings, int number) {
        Random random = new Random(mixed(settings.seed(), number));
        int[] order = shuffled(examples.size(), random);
        double sum = 0;
        double total = 0;
        for (int from = 0; from < order.length; from += settings.batch()) {
            Examples some =
                    examples.select(Arrays.copyOfRange(order, from, Math.min(order.length, from + settings.batch())));
            double weight = 0;
            for (float one : some.weights()) {
                weight += one;
            }
            List<float[]> dropout = dropout(trainer, some.inputs().length, settings.dropout(), random);
            if (weight > 0) {
                double loss = trainer.step(new Batch(some.inputs(), some.labels(), some.weights(), dropout));
                if (!Double.isFinite(loss)) {
                    throw new IllegalStateException(
                            "the loss is " + loss + " in epoch " + number + "; use a lower learning rate");
                }
                sum += weight * loss;
                total += weight;
            }
        }
        return sum / total;
    }

    private static List<float[]> dropout(NetworkTrainer trainer, int rows, double share, Random random) {
        List<float[]> masks = new ArrayList<>();
        if (share > 0) {
            for (int size : trainer.hidden()) {
                float[] mask = new float[rows * size];
                for (int i = 0; i < mask.length; i++) {
                    mask[i] = random.nextDouble() < share ? 0 : (float) (1 / (1 - share));
                }
                masks.add(mask);
            }
        }
        return masks;
    }

    /** Mean loss, and share of the weight that is right. */
    private record Score(double loss, double accuracy) {}

    private static Score score(NetworkTrainer trainer, Examples examples, int choices) {
        int block = Math.max(1, 4096 / examples.vectors());
        double loss = 0;
        double right = 0;
        double total = 0;
        for (int from = 0; from < examples.size(); from += block) {
            int to = Math.min(examples.size(), from + block);
            float[][] inputs =
                    Arrays.copyOfRange(examples.inputs(), from * examples.vectors(), to * examples.vectors());
            double[] flat = flat(trainer.outputs(inputs));
            for (int i = from; i < to; i++) {
                double[] given = Arrays.copyOfRange(flat, (i - from) * choices, (i - from + 1) * choices);
                double chosen = given[examples.labels()[i]];
                double most = Arrays.stream(given).max().orElse(0);
                double sum = Arrays.stream(given).map(z -> Math.exp(z - most)).sum();
                double weight = examples.weights()[i];
                loss += weight * (most + Math.log(sum) - chosen);
                // A tie is not right: a network that says nothing must not look good.
                boolean alone = Arrays.stream(given).filter(z -> z >= chosen).count() == 1;
                right += alone ? weight : 0;
                total += weight;
            }
        }
        return new Score(loss / total, right / total);
    }

    private static double[] flat(float[][] rows) {
        return Arrays.stream(rows)
                .flatMapToDouble(row -> IntStream.range(0, row.length).mapToDouble(i -> row[i]))
                .toArray();
    }

    private static int[] shuffled(int size, Random random) {
        int[] order = IntStream.range(0, size).toArray();
        for (int i = size - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    private static float[] uniform(Random random, int count, double bound) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        return out;
    }

    /** A seed of its own for each epoch. */
    private static long mixed(long seed, int epoch) {
        long z = seed * 0x9e3779b97f4a7c15L + epoch * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 30)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
