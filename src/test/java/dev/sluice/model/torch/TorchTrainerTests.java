package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.FeedForward.Norm;
import dev.sluice.model.NetworkTrainer;
import dev.sluice.model.NetworkTrainer.Batch;
import dev.sluice.model.NetworkTrainer.Settings;
import dev.sluice.model.NetworkTrainer.State;
import dev.sluice.model.store.ModelStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Gradients written by hand against finite differences in double precision, and Adam against its formula. */
class TorchTrainerTests {
    private static final int ROWS = 6;
    private static final Settings TWO = new Settings(2, 0.01, 0);
    private static final NetworkTrainer.Factory TORCH = TorchTrainer.on(ModelStore.defaultHome(), "cpu");

    private final Random random = new Random(11);

    @Test
    void gradients_are_those_of_finite_differences() {
        for (boolean normed : new boolean[] {true, false}) {
            for (boolean dropped : new boolean[] {true, false}) {
                FeedForward network = network(normed, 5, 7, 4, 2);
                assertGradients(network, batch(5, ROWS, dropped ? List.of(7, 4) : List.of()));
            }
        }
    }

    @Test
    void a_network_of_one_output_compares_its_rows_in_pairs() {
        assertGradients(network(true, 5, 6, 1), batch(5, ROWS / 2, List.of(6)));
    }

    @Test
    void a_step_is_that_of_adam() {
        FeedForward network = network(true, 3, 4, 2);
        Batch batch = batch(3, ROWS, List.of());
        Settings settings = new Settings(2, 0.01, 0.1);
        try (NetworkTrainer trainer = TORCH.start(State.of(network), settings)) {
            State before = State.of(network);
            for (int step = 1; step <= 3; step++) {
                List<double[]> gradients = gradients(before.network(), batch);
                trainer.step(batch);
                State after = trainer.state();
                assertThat(after.steps()).isEqualTo(step);
                for (int p = 0; p < gradients.size(); p++) {
                    float[] from = before.network().parameters().get(p);
                    boolean matrix = p >= 2 && p % 2 == 0;
                    for (int i = 0; i < from.length; i++) {
                        double g = gradients.get(p)[i];
                        double m = 0.9 * before.first().parameters().get(p)[i] + 0.1 * g;
                        double v = 0.999 * before.second().parameters().get(p)[i] + 0.001 * g * g;
                        double expected = from[i] * (matrix ? 1 - 0.01 * 0.1 : 1)
                                - 0.01
                                        * (m / (1 - Math.pow(0.9, step)))
                                        / (Math.sqrt(v / (1 - Math.pow(0.999, step))) + 1e-8);
                        assertThat((double) after.network().parameters().get(p)[i])
                                .isCloseTo(expected, within(2e-4));
                    }
                }
                before = after;
            }
        }
    }

    @Test
    void outputs_are_those_of_the_host() {
        FeedForward network = network(true, 9, 16, 3);
        float[][] inputs = batch(9, ROWS, List.of()).inputs();
        try (NetworkTrainer trainer = TORCH.start(State.of(network), new Settings(3, 0.01, 0))) {
            float[][] outputs = trainer.outputs(inputs);
            for (int i = 0; i < inputs.length; i++) {
                assertThat(outputs[i]).usingComparatorWithPrecision(1e-4f).containsExactly(network.apply(inputs[i]));
            }
        }
    }

    @Test
    void going_on_from_a_state_gives_the_bits_of_not_stopping() {
        FeedForward network = network(true, 8, 32, 2);
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            batches.add(batch(8, 32, List.of(32)));
        }
        State half;
        State whole;
        try (NetworkTrainer trainer = TORCH.start(State.of(network), TWO)) {
            batches.subList(0, 3).forEach(trainer::step);
            half = trainer.state();
            batches.subList(3, 6).forEach(trainer::step);
            whole = trainer.state();
        }
        try (NetworkTrainer trainer = TORCH.start(half, TWO)) {
            batches.subList(3, 6).forEach(trainer::step);
            for (int p = 0; p < 6; p++) {
                assertThat(trainer.state().network().parameters().get(p))
                        .containsExactly(whole.network().parameters().get(p));
            }
        }
    }

    @Test
    void batches_that_do_not_fit_are_refused() {
        FeedForward network = network(false, 3, 4, 2);
        try (NetworkTrainer trainer = TORCH.start(State.of(network), TWO)) {
            Batch good = batch(3, 2, List.of());
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> trainer.step(new Batch(good.inputs(), new int[] {0, 2}, good.weights(), List.of())))
                    .withMessageContaining("a label is 0 to 1, but one is 2");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> trainer.step(new Batch(good.inputs(), new int[1], good.weights(), List.of())))
                    .withMessageContaining("2 rows, 1 labels");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> trainer.step(new Batch(good.inputs(), good.labels(), new float[2], List.of())))
                    .withMessageContaining("more than 0");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> trainer.outputs(new float[1][5]))
                    .withMessageContaining("reads 3 numbers, but was given 5");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TORCH.start(State.of(network), new Settings(3, 0.1, 0)))
                .withMessageContaining("it has 2");
    }

    private static void assertGradients(FeedForward network, Batch batch) {
        List<double[]> expected = gradients(network, batch);
        try (NetworkTrainer trainer = TORCH.start(State.of(network), TWO)) {
            assertThat(trainer.step(batch)).isCloseTo(loss(doubles(network), network, batch), within(1e-5));
            List<float[]> means = trainer.state().first().parameters();
            for (int p = 0; p < means.size(); p++) {
                for (int i = 0; i < means.get(p).length; i++) {
                    assertThat(means.get(p)[i] / 0.1)
                            .as("parameter %d, number %d", p, i)
                            .isCloseTo(expected.get(p)[i], within(1e-5));
                }
            }
        }
    }

    private static List<double[]> gradients(FeedForward network, Batch batch) {
        List<double[]> parameters = doubles(network);
        List<double[]> gradients = new ArrayList<>();
        for (double[] parameter : parameters) {
            double[] gradient = new double[parameter.length];
            for (int i = 0; i < parameter.length; i++) {
                double kept = parameter[i];
                parameter[i] = kept + 1e-5;
                double above = loss(parameters, network, batch);
                parameter[i] = kept - 1e-5;
                double below = loss(parameters, network, batch);
                parameter[i] = kept;
                gradient[i] = (above - below) / 2e-5;
            }
            gradients.add(gradient);
        }
        return gradients;
    }

    private static double loss(List<double[]> parameters, FeedForward form, Batch batch) {
        List<Double> outputs = new ArrayList<>();
        for (int row = 0; row < batch.inputs().length; row++) {
            double[] x = doubles(batch.inputs()[row]);
            int at = 0;
            if (form.norm() != null) {
                double mean = 0;
                double variance = 0;
                for (double one : x) {
                    mean += one / x.length;
                }
                for (double one : x) {
                    variance += (one - mean) * (one - mean) / x.length;
                }
                for (int i = 0; i < x.length; i++) {
                    x[i] = (x[i] - mean)
                                    / Math.sqrt(variance + 1e-5)
                                    * parameters.get(0)[i]
                            + parameters.get(1)[i];
                }
                at = 2;
            }
            for (int layer = 0; layer < form.layers().size(); layer++) {
                double[] bias = parameters.get(at + 2 * layer + 1);
                double[] y = bias.clone();
                for (int out = 0; out < y.length; out++) {
                    for (int in = 0; in < x.length; in++) {
                        y[out] += parameters.get(at + 2 * layer)[out * x.length + in] * x[in];
                    }
                    if (layer + 1 < form.layers().size()) {
                        y[out] = Math.max(0, y[out]);
                        if (!batch.dropout().isEmpty()) {
                            y[out] *= batch.dropout().get(layer)[row * y.length + out];
                        }
                    }
                }
                x = y;
            }
            for (double one : x) {
                outputs.add(one);
            }
        }
        double sum = 0;
        double total = 0;
        for (int k = 0; k < batch.labels().length; k++) {
            double a = outputs.get(2 * k);
            double b = outputs.get(2 * k + 1);
            double chosen = batch.labels()[k] == 0 ? a : b;
            sum += batch.weights()[k] * (Math.log(Math.exp(a) + Math.exp(b)) - chosen);
            total += batch.weights()[k];
        }
        return sum / total;
    }

    private static List<double[]> doubles(FeedForward network) {
        List<double[]> all = new ArrayList<>();
        network.parameters().forEach(parameter -> all.add(doubles(parameter)));
        return all;
    }

    private static double[] doubles(float[] values) {
        double[] out = new double[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = values[i];
        }
        return out;
    }

    /** Random rows: one a label, or two where the hidden sizes belong to a network of one output. */
    private Batch batch(int width, int examples, List<Integer> hidden) {
        int rows = ROWS == 2 * examples ? ROWS : examples;
        float[][] inputs = new float[rows][];
        for (int i = 0; i < rows; i++) {
            inputs[i] = numbers(width);
        }
        int[] labels = random.ints(examples, 0, 2).toArray();
        float[] weights = new float[examples];
        for (int i = 0; i < examples; i++) {
            weights[i] = 0.5f + random.nextFloat();
        }
        List<float[]> dropout = new ArrayList<>();
        for (int size : hidden) {
            float[] mask = new float[rows * size];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = random.nextInt(4) == 0 ? 0 : 4 / 3f;
            }
            dropout.add(mask);
        }
        return new Batch(inputs, labels, weights, dropout);
    }

    private FeedForward network(boolean normed, int... sizes) {
        List<Linear> layers = new ArrayList<>();
        for (int i = 1; i < sizes.length; i++) {
            layers.add(new Linear(numbers(sizes[i - 1] * sizes[i]), numbers(sizes[i])));
        }
        return new FeedForward(normed ? new Norm(numbers(sizes[0]), numbers(sizes[0])) : null, layers);
    }

    private float[] numbers(int count) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) {
            out[i] = (float) random.nextGaussian();
        }
        return out;
    }
}
