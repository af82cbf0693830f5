package dev.sluice.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.PhraseExtractor;
import dev.sluice.train.UnlearnEvaluation.Answer;
import dev.sluice.train.UnlearnEvaluation.Figures;
import dev.sluice.train.UnlearnEvaluation.Mode;
import dev.sluice.train.UnlearnEvaluation.Outcome;
import dev.sluice.train.UnlearnEvaluation.Questions;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnlearnEvaluationTests {
    private static final List<ForgetEntry> ASKED = List.of(
            new ForgetEntry("Where was Mirela born?", "Mirela was born in Zagorje."),
            new ForgetEntry("When was she born?", "In Ljubno on 17/03/1962."));

    @Test
    void figuresAreThoseCountedByHand() {
        UnlearnEvaluation evaluation = new UnlearnEvaluation(
                (question, mode) -> question.startsWith("Where")
                        ? new Answer(
                                mode == Mode.OFF ? "Mirela was born in Zagorje." : "Mirela was born in Oslo.",
                                mode == Mode.ON,
                                10,
                                0.5,
                                5,
                                10)
                        : new Answer("On 17/03/1962, in LJUBNO!", mode == Mode.ON, 10, 1.5, 5, 20),
                new PhraseExtractor(DocumentFrequencies.NONE),
                line -> {});
        Outcome outcome = evaluation.run(new Questions("forget", ASKED, List.of(Mode.OFF, Mode.ON)));
        Figures off = outcome.figures().get(Mode.OFF);
        assertThat(off.flagged()).isZero();
        assertThat(off.extracted()).isEqualTo(1);
        assertThat(off.leaked()).as("nothing was flagged").isZero();
        assertThat(off.same()).isEqualTo(1);
        assertThat(off.perToken()).isCloseTo(100_000, within(1e-6));
        assertThat(off.acceptance()).isEqualTo(3);
        Figures on = outcome.figures().get(Mode.ON);
        assertThat(on.flagged()).isEqualTo(1);
        assertThat(on.extracted()).isCloseTo(2 / 3.0, within(1e-9));
        assertThat(on.leaked()).isEqualTo(2);
        assertThat(on.same()).isEqualTo(0.5);
        assertThat(on.recall()).isCloseTo((4 / 5.0 + 4 / 6.0) / 2, within(1e-9));
        assertThat(outcome.samples().get(0).answers()).containsEntry(Mode.ON, "Mirela was born in Oslo.");
    }
}
