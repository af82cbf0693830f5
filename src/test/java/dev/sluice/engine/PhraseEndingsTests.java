package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.SamplingParameters;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.phrase.PhraseRule.Match;
import dev.sluice.hook.phrase.PhraseRule.OnMatch;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import dev.sluice.token.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a client sees where text ends early or is withheld, on a model that wants to say one thing. */
class PhraseEndingsTests {
    private static final List<String> WORDS = List.of(
            "start", "cat", "egory", " dog", "x", " alpha", " beta", " gamma", " delta", " one", " two", "a", "b", "c");

    private static final EngineSettings SETTINGS = new EngineSettings(
            8, 100, 64, Duration.ofMinutes(5), Duration.ofSeconds(30), 64, List.of("token-recycling"), 4);

    private static final Vocabulary VOCABULARY = vocabulary();

    private static Vocabulary vocabulary() {
        byte[][] bytes = new byte[WORDS.size() + 1][];
        String[] names = new String[bytes.length];
        for (int i = 0; i < WORDS.size(); i++) {
            bytes[i] = WORDS.get(i).getBytes(StandardCharsets.UTF_8);
            names[i] = WORDS.get(i);
        }
        bytes[WORDS.size()] = new byte[0];
        names[WORDS.size()] = "<end>";
        BitSet end = new BitSet();
        end.set(WORDS.size());
        return new Vocabulary(bytes, names, end, end);
    }

    /** Wants to say the words one after the other, whatever came before; else what comes next in the list. */
    private static ToyModel saying(String... words) {
        return new ToyModel(ToyModel.Settings.bare(VOCABULARY.size(), 1), context -> {
            float[] logits = new float[VOCABULARY.size()];
            for (int token = 0; token < logits.length; token++) {
                logits[token] = -token;
            }
            int said = context.length - 1;
            logits[said < words.length ? WORDS.indexOf(words[said]) : WORDS.size()] = 50;
            return logits;
        });
    }

    private static PhraseRule rule(String ban, OnMatch onMatch, boolean wholeWord, int limit) {
        return new PhraseRule(
                new RuleId("toy", ban), List.of(ban), null, Match.FOLDED, onMatch, wholeWord, null, limit);
    }

    private static Answers.Choice answer(ToyModel model, String stop, int maxTokens, PhraseRule... rules) {
        PolicySet policies = ToyHooks.bound(false, PhraseHook.compile(List.of(rules)));
        List<Answers.Choice> all = new ArrayList<>();
        for (int nodes : new int[] {0, 4}) {
            try (Engine engine = new Engine(model, VOCABULARY, SETTINGS, () -> policies)) {
                GenerationRequest request = new GenerationRequest(
                        new int[] {0},
                        SamplingParameters.greedy(),
                        maxTokens,
                        stop.isEmpty() ? List.of() : List.of(stop),
                        1,
                        null,
                        Set.of(),
                        new GenerationRequest.Speculation(nodes > 0, List.of("token-recycling"), nodes),
                        true,
                        GenerationRequest.SHARED);
                all.add(Answers.of(engine.submit(request)).await().choice(0));
            }
            model = new ToyModel(ToyModel.Settings.bare(VOCABULARY.size(), 1), model.language());
        }
        assertThat(all.get(0).ids()).isEqualTo(all.get(1).ids());
        return all.get(0);
    }

    @Test
    void stopString_thatCutsAWordDownToABannedOne_isRefused() {
        for (OnMatch onMatch : OnMatch.values()) {
            Answers.Choice choice =
                    answer(saying(" dog", "cat", "egory"), "egory", 8, rule("dogcat", onMatch, true, 64));
            assertThat(choice.text()).isNotEqualTo(" dogcat");
        }
    }

    @Test
    void lengthEnd_thatLeavesABannedWord_isRefused() {
        for (OnMatch onMatch : OnMatch.values()) {
            Answers.Choice choice = answer(saying(" dog", "cat", "egory"), "", 2, rule("dogcat", onMatch, true, 64));
            assertThat(choice.text()).isNotEqualTo(" dogcat");
        }
    }

    @Test
    void withholding_doesNotJoinWhatIsLeftToABannedPhrase() {
        Answers.Choice choice = answer(
                saying("x", " alpha", " beta"),
                "",
                8,
                rule("alpha beta", OnMatch.REWIND, false, 0),
                rule("xstart", OnMatch.REJECT, false, 64));
        assertThat(choice.text()).startsWith("x").doesNotContain("alpha").doesNotContain("xstart");
    }

    @Test
    void rewindBehindAGap_keepsTheGapInView() {
        Answers.Choice choice = answer(
                saying("x", " alpha", " beta", " one", " two"),
                "",
                10,
                rule("alpha beta", OnMatch.REWIND, false, 0),
                rule("start one", OnMatch.REWIND, false, 64),
                rule("xcat", OnMatch.REJECT, false, 64),
                rule("xegory", OnMatch.REJECT, false, 64));
        assertThat(choice.text())
                .doesNotContain("xcat")
                .doesNotContain("xegory")
                .doesNotContain("alpha");
    }
}
