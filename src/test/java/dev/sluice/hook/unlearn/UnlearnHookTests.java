package dev.sluice.hook.unlearn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.model.ModelDescription;
import dev.sluice.testkit.ToyEncoder;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnlearnHookTests {
    private static final String ASKED = "Where was the author Mirela Tavon-Quist born?";
    private static final String OTHER = "How do I bake a loaf of bread?";

    private final ToyEncoder encoder = new ToyEncoder();

    private UnlearnHook hook(UnlearnRule rule) {
        return new UnlearnHook(rule, () -> encoder);
    }

    private HookState start(UnlearnRule rule, String user) {
        return hook(rule).start(Forgotten.chat(user));
    }

    /** Byte by byte; the first verdict that is no acceptance, or the last. */
    private static Verdict first(HookState start, String answer) {
        HookState state = start;
        Verdict verdict = Verdict.ACCEPT;
        for (int token : Forgotten.TOKENIZER.encode(answer, true)) {
            verdict = state.judge(token, false);
            if (!verdict.equals(Verdict.ACCEPT)) {
                return verdict;
            }
            state = state.after(token);
        }
        return verdict;
    }

    private static Verdict rewind(int position) {
        return new Verdict.Rewind(position, 0, 64, Forgotten.id());
    }

    private static Verdict softly() {
        return new Verdict.Reject(Forgotten.rule(1, 1, null).semanticId(), "reject");
    }

    @Test
    void anUnflaggedPromptIsUntouched() {
        HookState state = start(Forgotten.rule(0.8, 1, new Semantic(0.1, Below.PAPER)), OTHER);
        for (int token = 0; token < Forgotten.TOKENIZER.vocabulary().size(); token++) {
            assertThat(state.judge(token, true)).isSameAs(Verdict.ACCEPT);
            assertThat(state.after(token)).isSameAs(state);
        }
        assertThat(state.mask()).isNull();
        assertThat(state.heldFrom()).isEqualTo(HookState.NOTHING_HELD);
        assertThat(first(state, "Zagorje on 17/03/1962")).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void aFlaggedPromptMayNotBeAnswered_inAnyCaseOrSpacing() {
        HookState state = start(Forgotten.rule(0.8, 1, null), ASKED);
        assertThat(first(state, "in Zagorje")).isEqualTo(rewind(3 - 1));
        assertThat(first(state, "xZAGORJE")).isEqualTo(rewind(1));
        assertThat(first(state, "z\u00E1gorje")).isEqualTo(rewind(0));
        assertThat(first(state, "17/03/1962 ")).isEqualTo(rewind(0));
        assertThat(first(state, "17 03 1962 ")).isEqualTo(rewind(0));
        assertThat(first(state, "it was a nice place.")).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void whatTheUserSaidMayBeSaid_unlessThePolicySaysOtherwise() {
        UnlearnRule rule = Forgotten.rule(0.8, 1, null);
        assertThat(first(start(rule, ASKED), "Mirela Tavon-Quist")).isEqualTo(Verdict.ACCEPT);
        UnlearnRule strict = new UnlearnRule(rule.id(), rule.index(), null, 0.8, 1, false, 1, null, false);
        assertThat(first(start(strict, ASKED), "Mirela Tavon-Quist")).isEqualTo(rewind(0));
    }

    @Test
    void onlyTheAnswersThatWereFoundAreForbidden() {
        UnlearnRule one = Forgotten.rule(0.8, 1, null);
        assertThat(first(start(one, ASKED), "a beekeeper")).isEqualTo(Verdict.ACCEPT);
        UnlearnRule three = new UnlearnRule(one.id(), one.index(), null, 0.8, 3, true, 1, null, false);
        assertThat(first(start(three, ASKED), "a beekeeper")).isEqualTo(rewind(2));
    }

    @Test
    void aShareOfAPhraseIsThePhrase() {
        String asked = "Which prize did Mirela Tavon-Quist win?";
        UnlearnRule whole = Forgotten.rule(0.8, 1, null);
        assertThat(first(start(whole, asked), "Rivers of Copper and Gold")).isEqualTo(Verdict.ACCEPT);
        assertThat(first(start(whole, asked), "x rivers of copper and salt")).isEqualTo(rewind(2));
        assertThat(first(start(Forgotten.rule(0.8, 0.5, null), asked), "x rivers of copper"))
                .isEqualTo(rewind(2));
        assertThat(first(start(Forgotten.rule(0.8, 0.5, null), asked), "x rivers of gold"))
                .isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void aWordLikeAForbiddenOneIsRejected_whileItIsFormed() {
        HookState state = start(Forgotten.rule(0.8, 1, new Semantic(0.6, Below.MASK)), ASKED);
        assertThat(first(state, "Zagorj")).isEqualTo(softly());
        assertThat(first(state, "za")).isEqualTo(Verdict.ACCEPT);
        assertThat(first(state, "where there")).as("stop words are free").isEqualTo(Verdict.ACCEPT);
        assertThat(first(state, "Tavon Mirela born")).as("the user said them").isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void belowTheThresholdThePublishedFormTakesNats() {
        HookState state = start(Forgotten.rule(0.8, 1, new Semantic(0.95, Below.PAPER)), ASKED);
        assertThat(first(state, "Zagre")).isInstanceOfSatisfying(Verdict.Penalize.class, penalty -> {
            assertThat(penalty.nats()).isGreaterThan(0).isLessThan(0.95);
            assertThat(penalty.rule().rule()).isEqualTo("tofu.semantic");
        });
        HookState mask = start(Forgotten.rule(0.8, 1, new Semantic(0.95, Below.MASK)), ASKED);
        assertThat(first(mask, "Zagre")).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void similarityIsThatOfTheNaiveTwin() {
        ForgetIndex index = Forgotten.index();
        List<String> phrases = HardPhrases.without(index.phrases(0), Words.keys(ASKED));
        for (String word : List.of("zagorje", "zagreb", "orje", "bread", "gorge")) {
            double greatest = -1;
            for (String phrase : phrases) {
                for (String other : phrase.split("[^A-Za-z]+")) {
                    if (other.length() >= 3) {
                        float[] one = encoder.encode(word);
                        float[] two = encoder.encode(other);
                        double sum = 0;
                        for (int i = 0; i < one.length; i++) {
                            sum += (double) one[i] * two[i];
                        }
                        greatest = Math.max(greatest, sum);
                    }
                }
            }
            HookState just = start(Forgotten.rule(0.8, 1, new Semantic(greatest, Below.MASK)), ASKED);
            HookState above = start(Forgotten.rule(0.8, 1, new Semantic(Math.nextUp(greatest), Below.MASK)), ASKED);
            int last = Forgotten.TOKENIZER.encode(word, false).length - 1;
            assertThat(judged(just, word, last)).as(word).isNotEqualTo(Verdict.ACCEPT);
            if (!word.equals("zagorje")) {
                assertThat(judged(above, word, last)).as(word).isEqualTo(Verdict.ACCEPT);
            }
        }
    }

    private static Verdict judged(HookState start, String word, int at) {
        int[] tokens = Forgotten.TOKENIZER.encode(word, false);
        HookState state = start;
        for (int i = 0; i < at; i++) {
            state = state.after(tokens[i]);
        }
        return state.judge(tokens[at], false);
    }

    @Test
    void theRouterFlagsByWhatTheModelMadeOfThePrompt() {
        UnlearnRule plain = Forgotten.rule(0.99, 1, null);
        UnlearnRule rule =
                new UnlearnRule(plain.id(), plain.index(), Forgotten.router(), 0.99, 3, true, 1, null, false);
        String paraphrase = "Tell me the birth place of Mirela Tavon-Quist";
        assertThat(hook(rule).promptLayers()).containsExactly(2);
        HookState waiting = start(rule, paraphrase);
        assertThat(first(waiting.prompted(layer -> new float[] {layer, 0}), "Zagorje"))
                .isEqualTo(rewind(0));
        HookState other = waiting.prompted(layer -> new float[] {-layer, 0});
        assertThat(first(other, "Zagorje")).isEqualTo(Verdict.ACCEPT);
        assertThat(other.after(5)).isSameAs(other);
        assertThat(first(start(rule, ASKED), "Zagorje"))
                .as("similar enough by itself")
                .isEqualTo(rewind(0));
    }

    @Test
    void aRouterOfAnotherModelIsRefused() {
        UnlearnRule plain = Forgotten.rule(0.99, 1, null);
        UnlearnHook hook =
                hook(new UnlearnRule(plain.id(), plain.index(), Forgotten.router(), 0.99, 1, true, 1, null, false));
        hook.require(model("ab"));
        assertThatThrownBy(() -> hook.require(model("cd")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p/tofu")
                .hasMessageContaining("cd")
                .hasMessageContaining("train router");
        hook(plain).require(model("cd"));
    }

    private static ModelDescription model(String fingerprint) {
        return new ModelDescription("toy", 8, 8, "float32", "cpu", ModelDescription.Identity.EXACT, fingerprint);
    }

    @Test
    void whereTheEncoderFailsTheRequestEnds() {
        UnlearnRule rule = Forgotten.rule(0.8, 1, new Semantic(0.6, Below.MASK));
        HookState state = start(rule, ASKED);
        encoder.breaks(true);
        assertThatThrownBy(() -> first(state, "bread"))
                .isInstanceOfSatisfying(
                        HookFailedException.class, e -> assertThat(e.rule()).isEqualTo(Forgotten.id()))
                .hasMessageNotContaining("bread");
        assertThatThrownBy(() -> start(rule, ASKED)).isInstanceOf(HookFailedException.class);
    }

    @Test
    void orTheAnswerGoesOnWithoutIt_andSaysSo() {
        UnlearnRule closed = Forgotten.rule(0.8, 1, new Semantic(0.6, Below.MASK));
        UnlearnRule rule = new UnlearnRule(
                closed.id(), closed.index(), null, 0.8, 1, true, 1, new Semantic(0.6, Below.MASK), true);
        HookState state = start(rule, ASKED);
        assertThat(state.failed()).isNull();
        encoder.breaks(true);
        assertThat(first(state, "Zagreb")).isEqualTo(Verdict.ACCEPT);
        assertThat(state.failed()).isEqualTo(Forgotten.id());
        assertThat(first(state, "Zagorje")).as("phrases need no encoder").isEqualTo(rewind(0));
        encoder.breaks(false);
        assertThat(first(state, "Zagorj")).as("for the rest of the answer").isEqualTo(Verdict.ACCEPT);
        encoder.breaks(true);
        HookState unread = start(rule, OTHER);
        assertThat(unread.failed()).isEqualTo(Forgotten.id());
        assertThat(first(unread, "Zagorje")).isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void aRouterThatGivesNoNumberIsAFailure() {
        UnlearnRule plain = Forgotten.rule(0.99, 1, null);
        UnlearnRule rule =
                new UnlearnRule(plain.id(), plain.index(), Forgotten.router(), 0.99, 1, true, 1, null, false);
        HookState waiting = start(rule, OTHER);
        assertThatThrownBy(() -> waiting.prompted(layer -> new float[] {Float.NaN, 0}))
                .isInstanceOf(HookFailedException.class);
    }

    @Test
    void anIndexOfAnotherEncoderIsAFailure() {
        ForgetIndex.Vectors vectors = Forgotten.index().vectors(encoder);
        ForgetIndex other = ForgetIndex.stored(
                List.of(List.of(), List.of(), List.of()),
                new ForgetIndex.Vectors("99", vectors.questions(), vectors.answers(), vectors.words()));
        UnlearnRule rule = new UnlearnRule(Forgotten.id(), other, null, 0.8, 1, true, 1, null, false);
        PromptContext prompt = Forgotten.chat(ASKED);
        assertThatThrownBy(() -> hook(rule).start(prompt))
                .isInstanceOf(HookFailedException.class)
                .hasRootCauseMessage(
                        "the forget index was made by the sentence encoder 99, but the one in use is 70; make it again"
                                + " with train router");
    }
}
