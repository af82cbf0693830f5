package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.text.SpoofChecker;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchLevelTests {
    private static final String PHRASE = "Project Nightjar";
    private static final int[] MARKS = {0x300, 0x327, 0x336, 0x20DD, 0x5B7, 0x64B, 0x1AB0, 0xFE20};
    private static final int[] INVISIBLE = {
        0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180B, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x202A, 0x202E, 0x2060,
        0x2066, 0x2069, 0x3164, 0xFE00, 0xFEFF, 0xFFA0, 0x1D173, 0xE0041, 0xE0100, 0x00, 0x08, 0x7F, 0x9B
    };
    private static final int[] BLANKS = {' ', '\t', '\n', '\r', 0x85, 0xA0, 0x2003, 0x2028, 0x202F, 0x3000, 0x2800};
    private static final String SEPARATORS = " -_.,:;*/~'\"()[]#=^`&%!|@$+";

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "EXACT~Night~a Night~true",
                "EXACT~Night~a night~false",
                "EXACT~café~cafe\u0301~false",
                "FOLDED~Nightjar~NIGHTJARS~true",
                "FOLDED~Nightjar~n-ightjar~false",
                "FOLDED~Nightjar~n1ghtjar~false",
                "FOLDED~Nightjar~nightiar~false",
                "FOLDED~modern~modem~false",
                "FOLDED~Nightjar~ni ghtjar~false",
                "FOLDED~Nightjar~ɴɪɢʜᴛᴊᴀʀ~true",
                "FOLDED~Nightjar~ＮＩＧＨＴＪＡＲ~true",
                "FOLDED~Nightjar~𝕹𝖎𝖌𝖍𝖙𝖏𝖆𝖗~true",
                "FOLDED~Nightjar~Nіghtjаr~true",
                "FOLDED~Nightjar~N\u0336i\u0336g\u0336h\u0336t\u0336j\u0336a\u0336r~true",
                "FOLDED~straße~STRASSE~true",
                "FOLDED~strasse~Straße~true",
                "FOLDED~нет~НЕТ~true",
                "FOLDED~ὀδός~ΟΔΟΣ~true",
                "FOLDED~日本~日本語~true",
                "FOLDED~ a ~x ¶\t a\u00A0~true",
                "LOOSE~Nightjar~N-i g_h.t / j*a*r~true",
                "LOOSE~Nightjar~n1ghtj4r~true",
                "LOOSE~Nightjar~N!ghtj@r~true",
                "LOOSE~Nightjar~N!ightj@ar~true",
                "LOOSE~all~a1l~true",
                "LOOSE~all~a|1~true",
                "LOOSE~boss~80$5~true",
                "LOOSE~night~in ight~true",
                "LOOSE~night~ni¶ght~true",
                "LOOSE~Project Nightjar~projectnightjar~true",
                "LOOSE~101~lol~false",
                "LOOSE~101~1-0-1~true",
                "LOOSE~a$$~gra$$~true",
                "LOOSE~Nightjar~nightxjar~false",
            })
    void a_level_sees_through_what_it_says_and_no_more(String match, String ban, String text, boolean stopped) {
        PhraseHook hook =
                Pieces.compile(Pieces.ban(PhraseRule.Match.valueOf(match), PhraseRule.OnMatch.REJECT, false, ban));
        assertThat(Pieces.stops(hook, text.replace('¶', '\n'))).isEqualTo(stopped);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "EXACT~cafe~cafe\u0301~false",
                "FOLDED~cafe~un café.~true",
                "FOLDED~night~knight~false",
                "FOLDED~night~night_~false",
                "FOLDED~night~night2~false",
                "FOLDED~night~\u200Bnight\u200B~true",
                "FOLDED~C++~in C++ now~true",
                "FOLDED~C++~C++11~false",
                "LOOSE~night~k n-i-g-h-t~true",
                "LOOSE~night~in ight~false",
                "LOOSE~night~n-i-g-h-ts~false",
                "LOOSE~night~_n1ght_~true",
            })
    void whole_words_have_no_letter_digit_or_low_line_beside_them(
            String match, String ban, String text, boolean stopped) {
        PhraseHook hook =
                Pieces.compile(Pieces.ban(PhraseRule.Match.valueOf(match), PhraseRule.OnMatch.REJECT, true, ban));
        assertThat(Pieces.stops(hook, text.replace('¶', '\n'))).isEqualTo(stopped);
    }

    @Test
    void a_separator_among_many_invisible_characters_hides_nothing() {
        for (PhraseRule.OnMatch onMatch : PhraseRule.OnMatch.values()) {
            PhraseHook hook = Pieces.compile(Pieces.ban(PhraseRule.Match.LOOSE, onMatch, false, "Nightjar"));
            for (int invisible = 0; invisible < 40; invisible++) {
                assertThat(Pieces.stops(hook, "Night-" + "\u200B".repeat(invisible) + "jar"))
                        .as("%s, %d invisible", onMatch, invisible)
                        .isTrue();
            }
        }
    }

    @Test
    void generated_disguises_are_seen_through() {
        PhraseHook folded =
                Pieces.compile(Pieces.ban(PhraseRule.Match.FOLDED, PhraseRule.OnMatch.REWIND, false, PHRASE));
        PhraseHook loose = Pieces.compile(Pieces.ban(PhraseRule.Match.LOOSE, PhraseRule.OnMatch.REWIND, false, PHRASE));
        List<List<Integer>> lookAlikes = lookAlikes();
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            String disguised = disguise(random, lookAlikes, "");
            assertStopped(folded, random, seed, disguised);
            assertStopped(loose, random, seed, disguised);
            assertStopped(loose, random, seed, disguise(random, lookAlikes, SEPARATORS));
        }
    }

    private static void assertStopped(PhraseHook hook, Random random, int seed, String disguised) {
        byte[] bytes = Pieces.utf8("It is " + disguised);
        BitSet cuts = new BitSet();
        IntStream.range(0, bytes.length).filter(i -> random.nextInt(3) == 0).forEach(cuts::set);
        Pieces.Outcome outcome = Pieces.run(hook, List.of(), Pieces.cut(bytes, cuts), true);
        assertThat(outcome.position()).as("seed %d: %s", seed, disguised).isNotNegative();
    }

    private static String disguise(Random random, List<List<Integer>> lookAlikes, String separators) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < PHRASE.length(); i++) {
            char letter = PHRASE.charAt(i);
            if (letter == ' ') {
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    text.appendCodePoint(BLANKS[random.nextInt(BLANKS.length)]);
                }
                continue;
            }
            List<Integer> others = lookAlikes.get(letter);
            switch (random.nextInt(4)) {
                case 0 -> text.appendCodePoint(others.get(random.nextInt(others.size())));
                case 1 -> text.append(Character.toString(letter).toUpperCase(Locale.ROOT));
                case 2 -> text.append(letter).appendCodePoint(MARKS[random.nextInt(MARKS.length)]);
                default -> text.append(letter);
            }
            if (random.nextInt(3) == 0) {
                text.appendCodePoint(INVISIBLE[random.nextInt(INVISIBLE.length)]);
            }
            if (!separators.isEmpty() && random.nextInt(3) == 0) {
                text.append(separators.charAt(random.nextInt(separators.length())));
            }
        }
        return switch (random.nextInt(5)) {
            case 0 -> Normalizer.normalize(text, Normalizer.Form.NFC);
            case 1 -> Normalizer.normalize(text, Normalizer.Form.NFD);
            default -> text.toString();
        };
    }

    /** Per ASCII letter what is not ASCII and confusable with either case of it, or a form of it. */
    private static List<List<Integer>> lookAlikes() {
        SpoofChecker confusables = new SpoofChecker.Builder().build();
        List<List<Integer>> lookAlikes = new ArrayList<>();
        for (int letter = 0; letter < 0x80; letter++) {
            lookAlikes.add(new ArrayList<>(List.of(letter)));
        }
        for (int code = 0x80; code <= 0x1FFFF; code++) {
            String self = Character.toString(code);
            if (!Character.isDefined(code) || Character.getType(code) == Character.SURROGATE) {
                continue;
            }
            String skeleton = confusables.getSkeleton(self);
            String form = Normalizer.normalize(self, Normalizer.Form.NFKC);
            for (int letter = 'A'; letter <= 'z'; letter++) {
                String small = Character.toString(letter).toLowerCase(Locale.ROOT);
                String capital = Character.toString(letter).toUpperCase(Locale.ROOT);
                if (form.equalsIgnoreCase(small)
                        || skeleton.equals(confusables.getSkeleton(small))
                        || skeleton.equals(confusables.getSkeleton(capital))) {
                    lookAlikes.get(letter).add(code);
                }
            }
        }
        return lookAlikes;
    }
}
