package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegexParserTests {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "(a)\\1         ~ phrase.backreference ~ 3",
                "(?<n>a)\\k<n>  ~ phrase.backreference ~ 7",
                "x(?=a)         ~ phrase.lookaround ~ 1",
                "(?!a)x         ~ phrase.lookaround ~ 0",
                "(?<=a)x        ~ phrase.lookaround ~ 0",
                "(?<!a)x        ~ phrase.lookaround ~ 0",
                "ab*+           ~ phrase.possessive ~ 3",
                "a{2}+          ~ phrase.possessive ~ 4",
                "(?>a)          ~ phrase.atomic ~ 0",
                "(?s)a          ~ phrase.syntax ~ 0",
                "a(b            ~ phrase.syntax ~ 1",
                "a)b            ~ phrase.syntax ~ 1",
                "*a             ~ phrase.syntax ~ 0",
                "a|+            ~ phrase.syntax ~ 2",
                "a{3,2}         ~ phrase.syntax ~ 1",
                "a{x}           ~ phrase.syntax ~ 2",
                "a{1            ~ phrase.syntax ~ 3",
                "\\b*a          ~ phrase.syntax ~ 0",
                "a[b            ~ phrase.syntax ~ 1",
                "a[d-b]         ~ phrase.syntax ~ 2",
                "a[b[c]]        ~ phrase.syntax ~ 3",
                "a[b&&c]        ~ phrase.syntax ~ 3",
                "\\p{Nonsense}a ~ phrase.syntax ~ 0",
                "\\p{L          ~ phrase.syntax ~ 0",
                "a\\            ~ phrase.syntax ~ 2",
                "a\\Q           ~ phrase.syntax ~ 1",
                "a\\x4          ~ phrase.syntax ~ 1",
                "a\\x{110000}   ~ phrase.syntax ~ 1",
                "(?<n(a)        ~ phrase.syntax ~ 0",
                "a{10001}       ~ phrase.too-large ~ 1",
                "(?:a{999}){99} ~ phrase.too-large ~ 10",
                "(?:a?|){99999} ~ phrase.too-large ~ 7",
            })
    void what_cannot_be_matched_is_refused_where_it_stands(String pattern, String code, int offset) {
        PhraseException refusal = refusal(pattern, PhraseRule.OnMatch.REJECT, null);
        assertThat(refusal.code()).isEqualTo(code);
        assertThat(refusal.offset()).isEqualTo(offset);
        assertThat(refusal.rule()).isEqualTo(Pieces.id("r"));
        assertThat(refusal).hasMessageContaining("p/r");
    }

    @Test
    void a_rewind_pattern_without_a_longest_match_is_refused_with_the_way_out() {
        PhraseException refusal = refusal("a.*b", PhraseRule.OnMatch.REWIND, null);
        assertThat(refusal.code()).isEqualTo("phrase.unbounded");
        assertThat(refusal).hasMessageContaining("max-length: N");
        assertThat(refusal("a(?:\\b|)*b|cd+", PhraseRule.OnMatch.REWIND, null).code())
                .isEqualTo("phrase.unbounded");
    }

    @Test
    void rules_that_make_no_sense_are_refused() {
        assertThat(refusal("a*", PhraseRule.OnMatch.REJECT, null).code()).isEqualTo("phrase.empty");
        assertThat(refusal("a|", PhraseRule.OnMatch.REJECT, null).code()).isEqualTo("phrase.empty");
        assertThat(refusal("\\b", PhraseRule.OnMatch.REJECT, null).code()).isEqualTo("phrase.empty");
        assertThat(refusal("", PhraseRule.OnMatch.REJECT, null).code()).isEqualTo("phrase.empty");
        assertThat(refusal("abc", PhraseRule.OnMatch.REWIND, 2).code()).isEqualTo("phrase.max-length");
        assertThat(refusal("abc+", PhraseRule.OnMatch.REWIND, 5000).code()).isEqualTo("phrase.max-length");
        assertThat(refusal("(?:ab){4000}.*", PhraseRule.OnMatch.REJECT, 8001).code())
                .isEqualTo("phrase.max-length");
        assertThat(refusal("a{1,2000}.*b", PhraseRule.OnMatch.REWIND, 4096).code())
                .isEqualTo("phrase.too-large");
        assertThat(refusal("(".repeat(200) + "a" + ")".repeat(200), PhraseRule.OnMatch.REJECT, null)
                        .code())
                .isEqualTo("phrase.too-large");
        assertThat(refusal(rule(List.of(), null, null, PhraseRule.Match.EXACT)).code())
                .isEqualTo("phrase.kind");
        assertThat(refusal(rule(List.of("a"), "a", null, PhraseRule.Match.EXACT))
                        .code())
                .isEqualTo("phrase.kind");
        assertThat(refusal(rule(List.of("a"), null, 5, PhraseRule.Match.EXACT)).code())
                .isEqualTo("phrase.max-length");
        assertThat(refusal(rule(List.of("a", "\u0301\u200B"), null, null, PhraseRule.Match.FOLDED))
                        .code())
                .isEqualTo("phrase.empty");
        assertThat(refusal(rule(List.of("C#"), null, null, PhraseRule.Match.LOOSE))
                        .code())
                .isEqualTo("phrase.too-short");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "EXACT~a.c~abc~true",
                "EXACT~a.c~a¶c~false",
                "EXACT~a\\.c~abc~false",
                "EXACT~[a-c]x~bx~true",
                "EXACT~[^a-c]x~bx~false",
                "EXACT~[^a-c]x~dx~true",
                "EXACT~[]a]x~]x~true",
                "EXACT~[a-]x~-x~true",
                "EXACT~[\\d\\s]x~7x~true",
                "EXACT~[^\\W]x~-x~false",
                "EXACT~\\p{Lu}x~Éx~true",
                "EXACT~\\p{Lu}x~éx~false",
                "EXACT~\\P{IsGreek}x~αx~false",
                "EXACT~\\pLx~αx~true",
                "EXACT~\\x41\\u0042\\x{1F600}~AB😀~true",
                "EXACT~(?i)straSSe~STRAsse~true",
                "EXACT~(?i:a)b~Ab~true",
                "EXACT~(?i:a)b~AB~false",
                "EXACT~(?i)a(?-i)b~AB~false",
                "EXACT~(?:(?i)a|b)c~Bc~true",
                "EXACT~(?:(?i)a|b)c~BC~false",
                "EXACT~(?<name>ab){2}~abab~true",
                "EXACT~a{2}~aba~false",
                "EXACT~a{2,}?b~aaab~true",
                "EXACT~ab|cd|ef~xcdx~true",
                "EXACT~\\Bb~ab~true",
                "EXACT~\\Bb~-b~false",
                "EXACT~\\Ab~b~true",
                "EXACT~\\Ab~ab~false",
                "EXACT~b\\z~ab~true",
                "EXACT~b$~ba~false",
                "EXACT~\\bé\\b~ é.~true",
                "FOLDED~a.c~a¶¶c~true",
                "FOLDED~É[ÀÈ]~ea~true",
                "FOLDED~[^a]x~Ax~false",
                "FOLDED~[æ]x~AEx~true",
                "FOLDED~\\p{Lu}x~ax~true",
                "FOLDED~a  b~a b~true",
                "FOLDED~a\\s{3}b~a b~true",
                "FOLDED~a\\nb~a b~true",
                "FOLDED~[а-я]{3}~НЕТ~true",
                "FOLDED~\\d{3}~il0~false",
                "FOLDED~\\d{3}~１２3~true",
                "FOLDED~\\d{3}~٣२3~true",
                "FOLDED~a[ -]b~a‑b~true",
                "LOOSE~project\\s+night~Pr0ject   n.i.g.h.t~true",
                "LOOSE~a[- ]?b\\W+c~ABC~true",
                "LOOSE~a.b[^x]c~a-b/c~true",
                "LOOSE~a.b[^x]c~axbyc~true",
                "LOOSE~a.b[^x]c~a-bxc~false",
                "LOOSE~\\d{4}~1-2 3_4~true",
            })
    void patterns_match_what_they_say(String match, String pattern, String text, boolean stopped) {
        PhraseHook hook =
                Pieces.compile(Pieces.pattern(PhraseRule.Match.valueOf(match), PhraseRule.OnMatch.REJECT, pattern));
        assertThat(Pieces.stops(hook, text.replace('¶', '\n'))).isEqualTo(stopped);
    }

    @Test
    void garbage_is_refused_with_a_code_or_runs() {
        String[] parts = {
            "a", "b", "é", "ﬁ", "😀", " ", ".", "^", "$", "(", ")", "(?:", "(?i)", "(?<x>", "|", "[", "]", "[^", "-",
            "*", "+", "?", "{2}", "{0,3}", "{", "}", ",", "\\", "\\b", "\\B", "\\d", "\\W", "\\s", "\\p{L}", "\\P",
            "\\x41", "\\u", "&&", "=", "!"
        };
        int ran = 0;
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            StringBuilder pattern = new StringBuilder();
            for (int i = random.nextInt(10); i >= 0; i--) {
                pattern.append(parts[random.nextInt(parts.length)]);
            }
            PhraseRule.Match match = List.of(PhraseRule.Match.values()).get(seed % 3);
            try {
                PhraseHook hook = Pieces.compile(Pieces.pattern(match, PhraseRule.OnMatch.REJECT, pattern.toString()));
                Pieces.run(hook, Pieces.pieces("a b"), Pieces.pieces("ab", " é", "-\n\n1", "😀AB"), true);
                ran++;
            } catch (PhraseException e) {
                assertThat(e.code()).startsWith("phrase.");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", pattern " + pattern, e);
            }
        }
        assertThat(ran).isGreaterThan(500);
    }

    private static PhraseException refusal(String pattern, PhraseRule.OnMatch onMatch, @Nullable Integer maxLength) {
        return refusal(new PhraseRule(
                Pieces.id("r"), List.of(), pattern, PhraseRule.Match.EXACT, onMatch, false, maxLength, 64));
    }

    private static PhraseException refusal(PhraseRule rule) {
        PhraseException refusal = catchThrowableOfType(PhraseException.class, () -> Pieces.compile(rule));
        assertThat(refusal).as("no refusal").isNotNull();
        return refusal;
    }

    private static PhraseRule rule(
            List<String> ban, @Nullable String pattern, @Nullable Integer maxLength, PhraseRule.Match match) {
        return new PhraseRule(Pieces.id("r"), ban, pattern, match, PhraseRule.OnMatch.REWIND, false, maxLength, 64);
    }
}
