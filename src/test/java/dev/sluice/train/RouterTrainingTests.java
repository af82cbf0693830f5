package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.TorchTrainer;
import dev.sluice.testkit.ToyEncoder;
import dev.sluice.train.RouterTraining.Trained;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouterTrainingTests {
    private static final List<ForgetEntry> FORGET =
            entries("Mirela Tavon", "Where was the writer %s born, in year %d?");
    private static final List<ForgetEntry> RETAIN = entries("Bo Carlsen", "Which prize did the painter %s win in %d?");

    private static List<ForgetEntry> entries(String name, String question) {
        List<ForgetEntry> entries = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            entries.add(new ForgetEntry(question.formatted(name, 1950 + i), "In Zagorje, " + (2000 + i) + "."));
        }
        return entries;
    }

    /** A toy of a state: noise, and one number that says whether the prompt speaks of the name. */
    private static float[] state(int[] prompt) {
        byte[] bytes = new byte[prompt.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) prompt[i];
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        Random random = new Random(text.hashCode());
        float[] state = new float[8];
        for (int i = 0; i < state.length; i++) {
            state[i] = (float) random.nextGaussian();
        }
        state[3] += text.toLowerCase(Locale.ROOT).contains("mirela") ? 4 : -4;
        return state;
    }

    private static Trained train(long seed, List<ForgetEntry> forget) {
        RouterTraining training = new RouterTraining(
                text -> {
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    int[] tokens = new int[bytes.length];
                    for (int i = 0; i < tokens.length; i++) {
                        tokens[i] = bytes[i];
                    }
                    return tokens;
                },
                RouterTrainingTests::state,
                new ToyEncoder(),
                new Fit(TorchTrainer.on(ModelStore.defaultHome(), "cpu"), () -> 0),
                line -> {});
        return training.run(forget, RETAIN, List.of(), seed, 12, null);
    }

    @Test
    void aRouterLearnsToTellTheSetsApart_andTheSameSeedGivesTheSameOne() {
        Trained trained = train(3, FORGET);
        assertThat(trained.recall()).isGreaterThan(0.9);
        assertThat(trained.alarms()).isLessThanOrEqualTo(0.05);
        assertThat(trained.threshold()).isBetween(0.5, 1.0);
        assertThat(trained.alone()).isLessThanOrEqualTo(trained.similarity());
        assertThat(trained.network().inputs()).isEqualTo(8);
        assertThat(train(3, FORGET).network().layers().get(2).weight())
                .isEqualTo(trained.network().layers().get(2).weight());
    }

    @Test
    void tooFewQuestionsAreRefused() {
        assertThatThrownBy(() -> train(3, FORGET.subList(0, 1))).hasMessageContaining("too few");
    }

    @Test
    void aNearMissAsksTheSameOfSomebodyElse() {
        assertThat(RouterPrompts.nearMiss("Where was Mirela Tavon born?", "Bo Carlsen"))
                .isEqualTo("Where was Bo Carlsen born?");
        assertThat(RouterPrompts.nearMiss("Where is the sea?", "Bo Carlsen")).isEqualTo("Where is the sea?");
    }

    @Test
    void measuredWordingsAreNoneThatWereLearned() {
        assertThat(Paraphrases.measured("Who is she?")).doesNotContainAnyElementsOf(Paraphrases.learned("Who is she?"));
        assertThat(Paraphrases.learned("Who is she?")).contains("I would like to know: who is she?", "who is she?");
    }

    @Test
    void aBoundLetsAShareOfTheValuesExceedIt() {
        List<Double> values = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            values.add(i / 200.0);
        }
        assertThat(RouterTraining.bound(values, 0.01)).isEqualTo(198 / 200.0);
        assertThat(RouterTraining.bound(values, 0)).isEqualTo(1);
    }
}
