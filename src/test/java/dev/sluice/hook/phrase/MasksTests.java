package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.model.TokenMask;
import dev.sluice.token.Vocabulary;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MasksTests {
    private static final Vocabulary VOCABULARY = Pieces.bytesAnd(
            "ni",
            "ght",
            "jar",
            "night",
            " night",
            "knight",
            "nightjar",
            "jars",
            " jar",
            "é",
            "\u200B",
            "  ",
            "1n",
            "abab");

    @Test
    void a_mask_holds_exactly_the_tokens_that_complete_a_match_of_a_reject_rule() {
        List<PhraseHook> hooks = List.of(
                hook(PhraseRule.Match.FOLDED, false, "Nightjar", "é ja"),
                hook(PhraseRule.Match.FOLDED, true, "night", "é"),
                hook(PhraseRule.Match.LOOSE, false, "in night"),
                hook(PhraseRule.Match.EXACT, false, "ébab", "\uFFFD"),
                Pieces.compile(
                        Pieces.pattern(PhraseRule.Match.FOLDED, PhraseRule.OnMatch.REJECT, "\\bg.*t\\b|^ja|r$"),
                        Pieces.ban(PhraseRule.Match.LOOSE, PhraseRule.OnMatch.REJECT, false, "ghtni")));
        int forbidden = 0;
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            HookState state = hooks.get(seed % hooks.size())
                    .start(new PromptContext(VOCABULARY, seed % 3 == 0 ? new int[] {256, 'x'} : new int[0]));
            for (int i = 0; i < 20; i++) {
                @Nullable TokenMask mask = state.mask();
                BitSet masked = mask == null ? new BitSet() : BitSet.valueOf(mask.words());
                BitSet rejected = new BitSet();
                for (int token = 0; token < VOCABULARY.size(); token++) {
                    rejected.set(token, state.judge(token, false) instanceof Verdict.Reject);
                }
                assertThat(masked).as("seed %d, step %d", seed, i).isEqualTo(rejected);
                forbidden += masked.cardinality();
                state = state.after(
                        random.nextInt(3) == 0
                                ? random.nextInt(VOCABULARY.size())
                                : 256 + random.nextInt(VOCABULARY.size() - 258));
            }
        }
        assertThat(forbidden).isGreaterThan(1000);
    }

    @Test
    void equal_places_in_different_requests_share_a_mask() {
        PhraseHook hook = hook(PhraseRule.Match.FOLDED, false, "nightjar");
        HookState one = hook.start(new PromptContext(VOCABULARY, new int[0]))
                .after('x')
                .after(' ')
                .after(256);
        HookState other = hook.start(new PromptContext(VOCABULARY, new int[] {'y'}))
                .after(' ')
                .after('n')
                .after('i');
        assertThat(one.mask()).isNotNull().isSameAs(other.mask());
    }

    @Test
    void what_is_rewound_is_not_masked() {
        PhraseHook hook =
                Pieces.compile(Pieces.ban(PhraseRule.Match.FOLDED, PhraseRule.OnMatch.REWIND, false, "night"));
        HookState state = hook.start(new PromptContext(VOCABULARY, new int[0]));
        assertThat(state.mask()).isNull();
        assertThat(state.after(256).mask()).isNull();
    }

    private static PhraseHook hook(PhraseRule.Match match, boolean wholeWord, String... ban) {
        return Pieces.compile(Pieces.ban(match, PhraseRule.OnMatch.REJECT, wholeWord, ban));
    }
}
