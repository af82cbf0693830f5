package dev.sluice.hook.phrase;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.GuardHookContractTests;
import dev.sluice.token.Vocabulary;
import java.util.List;
import java.util.Random;

class PhraseHookContractTests extends GuardHookContractTests {
    private static final Vocabulary VOCABULARY = Pieces.bytesAnd(
            "ni", "ght", "jar", "night", " night", "Night", "jar ", "ab", "ba", "é", "\u200B", "    ", "1n", "- ");

    @Override
    protected GuardHook hook() {
        PhraseRule limited = new PhraseRule(
                Pieces.id("far"),
                List.of(),
                "a.+?b\\b",
                PhraseRule.Match.EXACT,
                PhraseRule.OnMatch.REWIND,
                false,
                9,
                64);
        return Pieces.compile(
                Pieces.ban(PhraseRule.Match.FOLDED, PhraseRule.OnMatch.REWIND, false, "Nightjar", "night ab"),
                Pieces.ban(PhraseRule.Match.FOLDED, PhraseRule.OnMatch.REJECT, true, "ba", "é ab"),
                Pieces.ban(PhraseRule.Match.LOOSE, PhraseRule.OnMatch.REJECT, false, "jar night"),
                Pieces.pattern(PhraseRule.Match.EXACT, PhraseRule.OnMatch.REJECT, "é{2,}|(?:ab){3}"),
                limited);
    }

    @Override
    protected Vocabulary vocabulary() {
        return VOCABULARY;
    }

    @Override
    protected int draw(Random random) {
        return random.nextInt(4) == 0
                ? random.nextInt(VOCABULARY.size())
                : 256 + random.nextInt(VOCABULARY.size() - 256);
    }
}
