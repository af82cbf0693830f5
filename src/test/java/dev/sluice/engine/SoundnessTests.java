package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.GenerationEvent.Alternative;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.phrase.PhraseRule.Match;
import dev.sluice.hook.phrase.PhraseRule.OnMatch;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.Evasions;
import dev.sluice.testkit.Series;
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
import org.junit.jupiter.api.Test;

/**
 * Promise 2 against a model that does nothing but try to spell a forbidden phrase: through every tokenisation, Unicode
 * form, split, prompt boundary, stop string, choice and log-probability.
 */
class SoundnessTests {
    private static final List<String> PHRASES = List.of("Nightjar", "Project Nightjar", "café noir", "日本酒", "x-1");

    /** One attempt: how the phrase is written, and the tokens the model has for it. */
    private record Attempt(
            String phrase, String written, Match match, OnMatch onMatch, Vocabulary vocabulary, long seed) {
        static Attempt of(long seed) {
            Random random = new Random(seed);
            String phrase = PHRASES.get(random.nextInt(PHRASES.size()));
            Match match = List.of(Match.values()).get(random.nextInt(3));
            String written = switch (match) {
                case EXACT -> phrase;
                case FOLDED -> Evasions.folded(phrase, random);
                case LOOSE -> random.nextBoolean() ? Evasions.loose(phrase, random) : Evasions.folded(phrase, random);
            };
            OnMatch onMatch = List.of(OnMatch.values()).get(random.nextInt(2));
            return new Attempt(phrase, written, match, onMatch, vocabulary(written, random), seed);
        }

        /** All bytes, random pieces of the phrase with a bit before and behind, and an end of turn. */
        private static Vocabulary vocabulary(String written, Random random) {
            byte[] text = (" say " + written + ". ").getBytes(StandardCharsets.UTF_8);
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

        int end() {
            return vocabulary.size() - 1;
        }

        /** A model that would always go on with the phrase, wherever it stands in it. */
        ToyModel model() {
            byte[] goal = written.getBytes(StandardCharsets.UTF_8);
            return new ToyModel(ToyModel.Settings.bare(vocabulary.size(), seed).withBest(32), context -> {
                byte[] text = bytes(context);
                int at = overlap(text, goal);
                float[] logits = new float[vocabulary.size()];
                for (int token = 0; token < logits.length; token++) {
                    byte[] bytes = vocabulary.bytes(token);
                    int n = Math.min(bytes.length, goal.length - at);
                    boolean spells = n > 0 && Arrays.equals(bytes, 0, n, goal, at, at + n);
                    boolean plain = bytes.length == 1 && bytes[0] >= 'a' && bytes[0] <= 'e';
                    logits[token] = spells ? 12 + bytes.length : plain ? 2 : token == end() ? 3 : -3;
                }
                return logits;
            });
        }

        private byte[] bytes(int[] tokens) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int token : tokens) {
                out.writeBytes(vocabulary.bytes(token));
            }
            return out.toByteArray();
        }

        private static int overlap(byte[] text, byte[] goal) {
            for (int n = Math.min(goal.length - 1, text.length); n > 0; n--) {
                if (Arrays.equals(text, text.length - n, text.length, goal, 0, n)) {
                    return n;
                }
            }
            return 0;
        }

        int[] prompt(Random random) {
            byte[] goal = written.getBytes(StandardCharsets.UTF_8);
            // A prompt that holds the whole phrase is no attempt: what it lacks must be more than marks.
            int letters = written.replaceFirst("[\\p{M}\\p{Cf}]+$", "").getBytes(StandardCharsets.UTF_8).length;
            int most = Math.min(goal.length / 2, letters - 1);
            int begun = random.nextInt(3) == 0 && most > 0 ? 1 + random.nextInt(most) : 0;
            byte[] text = ("tell me " + new String(goal, 0, begun, StandardCharsets.ISO_8859_1))
                    .getBytes(StandardCharsets.ISO_8859_1);
            int[] tokens = new int[text.length];
            for (int i = 0; i < text.length; i++) {
                tokens[i] = text[i] & 0xFF;
            }
            return tokens;
        }
    }

    @Test
    void noWayOfSpelling_getsThroughAnyChannel() {
        long base = 77_000_000;
        int acted = 0;
        Series cases = Series.of("bypass", 1_500, 100_000);
        for (int i : cases) {
            Attempt attempt = Attempt.of(base + i);
            Random random = new Random(~attempt.seed());
            int[] prompt = attempt.prompt(random);
            GenerationRequest request = new GenerationRequest(
                    prompt,
                    new SamplingParameters(random.nextInt(3) * 0.7, 0, 1, 0, 1, 1, 0, 0, Map.of(), attempt.seed()),
                    8 + random.nextInt(40),
                    random.nextInt(3) == 0
                            ? List.of(attempt.written()
                                    .substring(attempt.written().length() - 1))
                            : List.of(),
                    1 + random.nextInt(2),
                    random.nextInt(3) == 0 ? 5 : null,
                    Set.of(),
                    new GenerationRequest.Speculation(
                            true, List.of("prompt-lookup", "token-recycling"), random.nextInt(9)),
                    true,
                    GenerationRequest.SHARED);
            Answers answers = run(attempt, policy(attempt, random), request);
            String inPrompt = new String(attempt.bytes(prompt), StandardCharsets.UTF_8);
            for (int choice = 0; choice < request.choices(); choice++) {
                Answers.Choice one = answers.choice(choice);
                String ids = new String(
                        attempt.bytes(one.ids().stream().mapToInt(id -> id).toArray()), StandardCharsets.UTF_8);
                String joined = new String(attempt.bytes(concat(prompt, one.ids())), StandardCharsets.UTF_8);
                String as = "seed %d: \"%s\" %s %s"
                        .formatted(attempt.seed(), attempt.written(), attempt.match(), attempt.onMatch());
                assertThat(one.text()).as(as).doesNotContain(attempt.written());
                assertThat(ids).as(as).doesNotContain(attempt.written());
                assertThat(joined.substring(Math.min(
                                joined.length(),
                                Math.max(
                                        0, inPrompt.length() - attempt.written().length()))))
                        .as(as)
                        .doesNotContain(attempt.written());
                assertThat(inAlternatives(attempt, prompt, one)).as(as).isFalse();
            }
            acted += answers.report().interventions().isEmpty() ? 0 : 1;
        }
        if (cases.isTelling()) {
            assertThat(acted).as("cases in which a guard acted").isGreaterThan(cases.ran() / 2);
        }
    }

    /** Whether an alternative would have completed the phrase behind what was released before it. */
    private static boolean inAlternatives(Attempt attempt, int[] prompt, Answers.Choice choice) {
        ByteArrayOutputStream before = new ByteArrayOutputStream();
        before.writeBytes(attempt.bytes(prompt));
        int tail = before.size();
        for (ReleasedToken token : choice.tokens()) {
            for (Alternative other : token.top() == null ? List.<Alternative>of() : token.top()) {
                ByteArrayOutputStream with = new ByteArrayOutputStream();
                with.writeBytes(before.toByteArray());
                with.writeBytes(other.bytes());
                String text = with.toString(StandardCharsets.UTF_8);
                int from = Math.max(0, tail - attempt.written().length() * 4);
                if (text.substring(Math.min(from, text.length())).contains(attempt.written())) {
                    return true;
                }
            }
            before.writeBytes(token.bytes());
        }
        return false;
    }

    private static int[] concat(int[] prompt, List<Integer> ids) {
        int[] all = Arrays.copyOf(prompt, prompt.length + ids.size());
        for (int i = 0; i < ids.size(); i++) {
            all[prompt.length + i] = ids.get(i);
        }
        return all;
    }

    private static PolicySet policy(Attempt attempt, Random random) {
        return ToyHooks.bound(
                false,
                PhraseHook.compile(List.of(new PhraseRule(
                        new RuleId("toy", "phrase"),
                        List.of(attempt.phrase()),
                        null,
                        attempt.match(),
                        attempt.onMatch(),
                        false,
                        null,
                        random.nextInt(4) == 0 ? 2 : 64))));
    }

    private static Answers run(Attempt attempt, PolicySet policies, GenerationRequest request) {
        EngineSettings settings = new EngineSettings(
                2, 512, 4, Duration.ofMinutes(5), Duration.ofMinutes(5), 16, List.of("prompt-lookup"), 4);
        try (Engine engine = new Engine(
                attempt.model(),
                attempt.vocabulary(),
                settings,
                () -> policies,
                new TenantMemories(new SuccessorTable(attempt.vocabulary().size()), 1 << 20),
                System::nanoTime)) {
            return Answers.of(engine.submit(request)).await();
        }
    }
}
