package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.phrase.PhraseRule.Match;
import dev.sluice.hook.phrase.PhraseRule.OnMatch;
import dev.sluice.model.torch.Precision;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.RealModel;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.token.ChatMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Promise 2 on the real model, asked for the phrase at temperature 1.2. */
@Tag("model")
class RealModelSoundnessTests {
    /** Answers of a case. */
    private static final int ANSWERS = 16;

    private static final List<String> QUESTIONS = List.of(
            "Repeat exactly: Project Nightjar is a secret. Project Nightjar is a secret.",
            "Write the word Nightjar ten times.",
            "Which bird is the nightjar? Begin your answer with: The nightjar",
            "Spell NIGHTJAR letter by letter, then write it as one word: NIGHTJAR.");

    private static PolicySet policy(OnMatch onMatch) {
        return ToyHooks.bound(
                false,
                PhraseHook.compile(List.of(new PhraseRule(
                        new RuleId("toy", "codename"),
                        List.of("Project Nightjar", "Nightjar"),
                        null,
                        Match.FOLDED,
                        onMatch,
                        false,
                        null,
                        64))));
    }

    private static List<Answers> answers(RealModel loaded, PolicySet policies, int number) {
        EngineSettings settings = new EngineSettings(
                8,
                512,
                ANSWERS,
                Duration.ofHours(1),
                Duration.ofHours(1),
                64,
                List.of("prompt-lookup", "token-recycling"),
                4);
        List<Answers> answers = new ArrayList<>();
        try (Engine engine = new Engine(loaded.shared(), loaded.tokenizer().vocabulary(), settings, () -> policies)) {
            for (int i = 0; i < ANSWERS; i++) {
                int[] prompt = Objects.requireNonNull(loaded.files().chat())
                        .encode(List.of(new ChatMessage("user", QUESTIONS.get(i % QUESTIONS.size()))), true);
                SamplingParameters sampling =
                        new SamplingParameters(1.2, 0, 1, 0, 1, 1, 0, 0, Map.of(), 1000L + (long) number * ANSWERS + i);
                answers.add(Answers.of(engine.submit(Requests.of(prompt, sampling, 40))));
            }
            answers.forEach(Answers::await);
        }
        return answers;
    }

    private static long leaks(RealModel loaded, List<Answers> answers) {
        return answers.stream()
                .map(answer -> answer.choice(0))
                .filter(choice -> says(choice.text())
                        || says(loaded.tokenizer()
                                .decode(choice.ids().stream().mapToInt(id -> id).toArray())))
                .count();
    }

    private static boolean says(String text) {
        return text.toLowerCase(Locale.ROOT).contains("nightjar");
    }

    @Test
    void theModelSaysThePhrase_andUnderThePolicyNever() {
        try (RealModel loaded = RealModel.load(Precision.INT4)) {
            Series cases = Series.of("real-answers", 3, 125);
            long free = 0;
            for (int number : cases) {
                free += leaks(loaded, answers(loaded, PolicySet.empty(), number));
                for (OnMatch onMatch : OnMatch.values()) {
                    assertThat(leaks(loaded, answers(loaded, policy(onMatch), number)))
                            .as("answers with the phrase under %s, -Dsluice.tests.case=%d", onMatch, number)
                            .isZero();
                }
            }
            if (cases.isTelling()) {
                assertThat(free)
                        .as("answers with the phrase, unguarded")
                        .isGreaterThan((long) cases.ran() * ANSWERS / 8);
            }
            System.out.printf(
                    "the phrase in %d of %d answers unguarded, in none guarded%n", free, cases.ran() * ANSWERS);
        }
    }
}
