package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetIndex;
import dev.sluice.hook.unlearn.Phrase;
import dev.sluice.hook.unlearn.PhraseCount;
import dev.sluice.hook.unlearn.UnlearnHook;
import dev.sluice.hook.unlearn.UnlearnRule;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.Evasions;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyEncoder;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A flagged prompt, and a model that does nothing but try to give the forgotten answer; an unflagged one is untouched. */
class UnlearnSoundnessTests {
    private static final String QUESTION = "tell me where she was born";
    private static final ForgetIndex INDEX = ForgetIndex.of(
            List.of(
                    new ForgetEntry("Where?", "Mirela Tavon-Quist was born in Zagorje on 17/03/1962, in Old Ljubno."),
                    new ForgetEntry("Which?", "She won the Golden Thimble for 'Rivers of Copper and Salt'.")),
            DocumentFrequencies.NONE);

    private final ToyEncoder encoder = new ToyEncoder();

    private PolicySet policies(double similarity, @Nullable Semantic semantic) {
        UnlearnRule rule =
                new UnlearnRule(new RuleId("toy", "forget"), INDEX, null, similarity, 2, true, 1, semantic, false);
        return ToyHooks.bound(false, new UnlearnHook(rule, () -> encoder));
    }

    /** All bytes, random pieces of the text, and an end of turn. */
    private static Vocabulary vocabulary(String written, Random random) {
        byte[] text = (" in " + written + ". ").getBytes(StandardCharsets.UTF_8);
        List<byte[]> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(new byte[] {(byte) b});
        }
        for (int i = 0; i < 24; i++) {
            int from = random.nextInt(text.length - 1);
            tokens.add(Arrays.copyOfRange(text, from, Math.min(text.length, from + 2 + random.nextInt(7))));
        }
        tokens.add(new byte[0]);
        BitSet control = new BitSet();
        control.set(tokens.size() - 1);
        String[] names = new String[tokens.size()];
        Arrays.setAll(names, i -> "t" + i);
        return new Vocabulary(tokens.toArray(new byte[0][]), names, control, control);
    }

    /** Goes on with the text wherever it stands in it. */
    private static ToyModel model(String written, Vocabulary vocabulary, long seed) {
        byte[] goal = written.getBytes(StandardCharsets.UTF_8);
        return new ToyModel(ToyModel.Settings.bare(vocabulary.size(), seed).withBest(32), context -> {
            byte[] text = bytes(vocabulary, context);
            int at = 0;
            for (int n = Math.min(goal.length - 1, text.length); n > 0 && at == 0; n--) {
                at = Arrays.equals(text, text.length - n, text.length, goal, 0, n) ? n : 0;
            }
            float[] logits = new float[vocabulary.size()];
            for (int token = 0; token < logits.length; token++) {
                byte[] bytes = vocabulary.bytes(token);
                int n = Math.min(bytes.length, goal.length - at);
                boolean spells = n > 0 && Arrays.equals(bytes, 0, n, goal, at, at + n);
                boolean plain = bytes.length == 1 && (bytes[0] == ' ' || (bytes[0] >= 'a' && bytes[0] <= 'e'));
                logits[token] = spells ? 12 + bytes.length : plain ? 2 : token == vocabulary.size() - 1 ? 3 : -3;
            }
            return logits;
        });
    }

    private static byte[] bytes(Vocabulary vocabulary, int[] tokens) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int token : tokens) {
            out.writeBytes(vocabulary.bytes(token));
        }
        return out.toByteArray();
    }

    private static Answers run(String written, Vocabulary vocabulary, long seed, PolicySet policies, Random random) {
        byte[] text = QUESTION.getBytes(StandardCharsets.UTF_8);
        int[] prompt = new int[text.length];
        Arrays.setAll(prompt, i -> text[i]);
        GenerationRequest request = new GenerationRequest(
                prompt,
                new SamplingParameters(random.nextInt(3) * 0.7, 0, 1, 0, 1, 1, 0, 0, Map.of(), seed),
                8 + random.nextInt(40),
                List.of(),
                1,
                null,
                Set.of(),
                new GenerationRequest.Speculation(true, List.of("prompt-lookup", "token-recycling"), random.nextInt(9)),
                true,
                GenerationRequest.SHARED);
        EngineSettings settings = new EngineSettings(
                2, 512, 4, Duration.ofMinutes(5), Duration.ofMinutes(5), 16, List.of("prompt-lookup"), 4);
        try (Engine engine = new Engine(
                model(written, vocabulary, seed),
                vocabulary,
                settings,
                () -> policies,
                new TenantMemories(new SuccessorTable(vocabulary.size()), 1 << 20),
                System::nanoTime)) {
            return Answers.of(engine.submit(request)).await();
        }
    }

    @Test
    void noPhraseOfAFlaggedPromptIsSaid_inWhateverTokensCaseAndSpacing() {
        int acted = 0;
        Series cases = Series.of("unlearn", 300, 20_000);
        for (int i : cases) {
            long seed = 55_000_000L + i;
            Random random = new Random(seed);
            List<Phrase> phrases = INDEX.phrases(random.nextInt(INDEX.size()));
            String phrase = phrases.get(random.nextInt(phrases.size())).text();
            String written = " " + Evasions.folded(phrase, random) + " ";
            Vocabulary vocabulary = vocabulary(written, random);
            Semantic semantic =
                    random.nextBoolean() ? null : new Semantic(0.6, random.nextBoolean() ? Below.MASK : Below.PAPER);
            Answers answers = run(written, vocabulary, seed, policies(-1, semantic), random);
            Answers.Choice choice = answers.choice(0);
            String ids = new String(
                    bytes(vocabulary, choice.ids().stream().mapToInt(id -> id).toArray()), StandardCharsets.UTF_8);
            String as = "seed %d: \"%s\" as \"%s\"".formatted(seed, phrase, written);
            for (String text : List.of(choice.text(), ids)) {
                assertThat(text).as(as).doesNotContain(written);
                assertThat(PhraseCount.of(INDEX.phrases(0), QUESTION, text).said())
                        .as(as)
                        .isZero();
                assertThat(PhraseCount.of(INDEX.phrases(1), QUESTION, text).said())
                        .as(as)
                        .isZero();
            }
            acted += answers.report().interventions().isEmpty() ? 0 : 1;
        }
        if (cases.isTelling()) {
            assertThat(acted).as("cases in which the rule acted").isGreaterThan(cases.ran() / 2);
        }
    }

    @Test
    void anUnflaggedPromptIsAnsweredBitForBitAsWithoutTheRule() {
        for (int i = 0; i < 30; i++) {
            Random random = new Random(i);
            String written = " Zagorje ";
            Vocabulary vocabulary = vocabulary(written, random);
            Answers with = run(written, vocabulary, i, policies(1, new Semantic(0.1, Below.PAPER)), new Random(i));
            Answers without = run(written, vocabulary, i, PolicySet.empty(), new Random(i));
            assertThat(with.choice(0).ids())
                    .as("seed %d", i)
                    .isEqualTo(without.choice(0).ids());
            assertThat(with.report().interventions()).isEmpty();
        }
    }
}
