package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.model.FeedForward;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.TorchTrainer;
import dev.sluice.train.Fit.Fitted;
import dev.sluice.train.FitProgress.Epoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FitTests {
    private static final FitSettings SETTINGS = new FitSettings(5, 30, 32, 30, 0.01, 0.001, 0.1);
    private static final FitProgress GO_ON = epoch -> true;

    private final AtomicLong seconds = new AtomicLong();
    private final Fit fit =
            new Fit(TorchTrainer.on(ModelStore.defaultHome(), "cpu"), () -> seconds.getAndIncrement() * 1_000_000_000L);

    @TempDir
    Path folder;

    @Test
    void a_network_learns_what_no_single_layer_can() {
        Fitted fitted = fit.run(start(2), circles(1, 400), circles(2, 200), SETTINGS, null, GO_ON);
        assertThat(fitted.accuracy()).isGreaterThan(0.95);
        assertThat(fitted.finished()).isTrue();
        assertThat(fitted.network().apply(new float[] {0.1f, 0.1f, 0})[1])
                .isGreaterThan(fitted.network().apply(new float[] {0.1f, 0.1f, 0})[0]);
    }

    @Test
    void a_network_of_one_output_learns_which_of_two_is_better() {
        Fitted fitted = fit.run(start(1), better(1, 300), better(2, 100), SETTINGS, null, GO_ON);
        assertThat(fitted.accuracy()).isGreaterThan(0.9);
        float[] good = {1, 0.5f, 0};
        float[] bad = {-1, 0.5f, 0};
        assertThat(fitted.network().apply(good)[0])
                .isGreaterThan(fitted.network().apply(bad)[0]);
    }

    @Test
    void the_same_seed_gives_the_same_bits_and_another_gives_others() {
        Fitted one = fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, null, GO_ON);
        Fitted same = fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, null, GO_ON);
        assertSameBits(one.network(), same.network());
        FitSettings other = new FitSettings(6, 30, 32, 30, 0.01, 0.001, 0.1);
        Fitted different = fit.run(start(2), circles(1, 100), circles(2, 50), other, null, GO_ON);
        assertThat(different.network().parameters().get(0))
                .isNotEqualTo(one.network().parameters().get(0));
    }

    @Test
    void a_fit_that_is_stopped_and_resumed_gives_the_bits_of_one_that_ran_through() {
        Fitted through = fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, null, GO_ON);
        Path checkpoint = folder.resolve("fit.checkpoint");
        for (int stop : new int[] {1, 4, 17}) {
            Fitted stopped = fit.run(
                    start(2), circles(1, 100), circles(2, 50), SETTINGS, checkpoint, epoch -> epoch.number() != stop);
            assertThat(stopped.finished()).isFalse();
        }
        Fitted resumed = fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, checkpoint, GO_ON);
        assertThat(resumed.finished()).isTrue();
        assertThat(resumed.epoch()).isEqualTo(through.epoch());
        assertThat(resumed.validationLoss()).isEqualTo(through.validationLoss());
        assertSameBits(resumed.network(), through.network());
    }

    @Test
    void a_fit_ends_when_the_validation_loss_no_longer_falls_and_keeps_the_best_epoch() {
        Examples noise = circles(1, 60);
        for (int i = 0; i < noise.labels().length; i++) {
            noise.labels()[i] = new Random(i).nextInt(2);
        }
        List<Epoch> epochs = new ArrayList<>();
        FitSettings patient = new FitSettings(5, 500, 8, 3, 0.01, 0, 0);
        Fitted fitted = fit.run(start(2), noise, circles(2, 50), patient, null, epochs::add);
        assertThat(fitted.finished()).isTrue();
        assertThat(epochs).hasSize(fitted.epoch() + 3).hasSizeLessThan(500);
        assertThat(epochs.get(fitted.epoch() - 1).validationLoss()).isEqualTo(fitted.validationLoss());
        assertThat(epochs.stream().mapToDouble(Epoch::validationLoss).min()).hasValue(fitted.validationLoss());
    }

    @Test
    void progress_tells_how_long_it_takes_at_most() {
        List<Epoch> epochs = new ArrayList<>();
        FitSettings four = new FitSettings(5, 4, 32, 30, 0.01, 0, 0);
        fit.run(start(2), circles(1, 100), circles(2, 50), four, null, epochs::add);
        assertThat(epochs.stream().map(Epoch::left))
                .containsExactly(
                        Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(0));
        assertThat(epochs.get(0).line()).startsWith("epoch 1 of 4: loss 0.").endsWith("at most 3 s left");
    }

    @Test
    void a_checkpoint_of_another_fit_or_a_damaged_one_is_refused() throws IOException {
        Path checkpoint = folder.resolve("fit.checkpoint");
        fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, checkpoint, epoch -> false);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> fit.run(start(2), circles(3, 100), circles(2, 50), SETTINGS, checkpoint, epoch -> false))
                .withMessageContaining("is of another fit")
                .withMessageContaining("remove it");
        byte[] bytes = Files.readAllBytes(checkpoint);
        Files.write(checkpoint, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> fit.run(start(2), circles(1, 100), circles(2, 50), SETTINGS, checkpoint, epoch -> false))
                .withMessageContaining("ends too early");
    }

    @Test
    void classes_count_alike_however_rare() {
        Examples balanced = Examples.balanced(new float[5][3], new int[] {0, 0, 0, 0, 1});
        assertThat(balanced.weights()).containsExactly(0.625f, 0.625f, 0.625f, 0.625f, 2.5f);
    }

    @Test
    void an_example_that_counts_nothing_changes_nothing() {
        Examples all = circles(1, 100);
        Examples spoilt = circles(1, 100);
        for (int i = 0; i < 100; i += 2) {
            all.weights()[i] = 0;
            spoilt.weights()[i] = 0;
            spoilt.labels()[i] = 1 - spoilt.labels()[i];
        }
        assertSameBits(
                fit.run(start(2), all, circles(2, 50), SETTINGS, null, GO_ON).network(),
                fit.run(start(2), spoilt, circles(2, 50), SETTINGS, null, GO_ON).network());
    }

    private static void assertSameBits(FeedForward one, FeedForward other) {
        for (int p = 0; p < one.parameters().size(); p++) {
            assertThat(one.parameters().get(p)).isEqualTo(other.parameters().get(p));
        }
    }

    private static FeedForward start(int outputs) {
        return Fit.initial(9, false, 3, 32, outputs);
    }

    /** Points of two classes: those within a circle, and those around it. */
    private static Examples circles(long seed, int count) {
        Random random = new Random(seed);
        float[][] inputs = new float[count][3];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = random.nextInt(2);
            double radius = labels[i] == 1 ? 0.5 * random.nextDouble() : 1 + 0.5 * random.nextDouble();
            double angle = 2 * Math.PI * random.nextDouble();
            inputs[i] = new float[] {(float) (radius * Math.cos(angle)), (float) (radius * Math.sin(angle)), 0};
        }
        return Examples.balanced(inputs, labels);
    }

    /** Pairs whose better one has the greater first number. */
    private static Examples better(long seed, int count) {
        Random random = new Random(seed);
        float[][] inputs = new float[2 * count][3];
        for (int i = 0; i < count; i++) {
            float a = random.nextFloat() * 2 - 1;
            float b = random.nextFloat() * 2 - 1;
            inputs[2 * i] = new float[] {Math.max(a, b), random.nextFloat(), random.nextFloat()};
            inputs[2 * i + 1] = new float[] {Math.min(a, b), random.nextFloat(), random.nextFloat()};
        }
        return Examples.pairs(inputs);
    }
}
