package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FoldingTests {
    private static final SpoofChecker CONFUSABLES = new SpoofChecker.Builder().build();

    @Test
    void ascii_is_only_itself_in_lower_case() {
        for (int code = '!'; code < 0x7F; code++) {
            List<Folding.Letter> letters = Folding.fold(code);
            assertThat(letters).hasSize(1);
            assertThat(letters.get(0).base()).isEqualTo(Character.toLowerCase(code));
            assertThat(letters.get(0).codes()).containsExactly(Character.toLowerCase(code));
        }
    }

    @Test
    void white_space_is_a_blank_and_other_controls_are_nothing() {
        for (int code :
                new int[] {' ', '\t', '\n', '\r', 0x0B, 0x85, 0xA0, 0x1680, 0x2003, 0x2028, 0x202F, 0x3000, 0x2800}) {
            assertThat(canonical(code)).as(Integer.toHexString(code)).isEqualTo(" ");
        }
        for (int code : new int[] {
            0, 8, 0x7F, 0xAD, 0x300, 0x5B7, 0x200B, 0x200D, 0x202E, 0x2066, 0x115F, 0x3164, 0xFE0F, 0xFEFF, 0xE0041,
            0x180E
        }) {
            assertThat(Folding.fold(code)).as(Integer.toHexString(code)).isEmpty();
        }
    }

    @Test
    void folding_what_is_folded_changes_nothing() {
        for (int code = 0; code <= Character.MAX_CODE_POINT; code++) {
            if (isText(code)) {
                String once = canonical(code);
                String twice =
                        once.codePoints().mapToObj(FoldingTests::canonical).reduce("", String::concat);
                assertThat(twice).as("U+%04X", code).isEqualTo(once);
            }
        }
    }

    @Test
    void every_confusable_of_a_letter_or_digit_may_be_read_as_it() {
        List<String> missed = new ArrayList<>();
        int found = 0;
        List<Integer> letters = IntStream.rangeClosed('0', 'z')
                .filter(Character::isLetterOrDigit)
                .boxed()
                .toList();
        for (int code = 0x80; code <= Character.MAX_CODE_POINT; code++) {
            if (!isText(code)) {
                continue;
            }
            String skeleton = CONFUSABLES.getSkeleton(Character.toString(code));
            for (int letter : letters) {
                if (skeleton.equals(CONFUSABLES.getSkeleton(Character.toString(letter)))) {
                    found++;
                    if (!mayBe(code, Character.toLowerCase(letter))) {
                        missed.add("U+%04X for %c".formatted(code, letter));
                    }
                }
            }
        }
        assertThat(missed).isEmpty();
        assertThat(found).isGreaterThan(1500);
    }

    @Test
    void every_form_of_a_character_without_a_subscript_iota_may_be_read_as_every_other() {
        Normalizer2 nfkc = Normalizer2.getNFKCInstance();
        Normalizer2 nfd = Normalizer2.getNFDInstance();
        List<String> missed = new ArrayList<>();
        for (int code = 0; code <= Character.MAX_CODE_POINT; code++) {
            if (!isText(code)) {
                continue;
            }
            String self = Character.toString(code);
            if (nfd.normalize(self).indexOf(0x345) >= 0) {
                continue;
            }
            for (String form : List.of(
                    Character.toString(UCharacter.toLowerCase(code)),
                    Character.toString(UCharacter.toUpperCase(code)),
                    UCharacter.foldCase(self, true),
                    nfkc.normalize(self),
                    nfd.normalize(self))) {
                if (!agree(self, form)) {
                    missed.add("U+%04X as %s".formatted(code, form));
                }
            }
        }
        assertThat(missed).isEmpty();
    }

    @Test
    void letters_are_read_by_name_value_and_decomposition() {
        assertThat(mayBe('ɴ', 'n')).isTrue();
        assertThat(mayBe("🇳".codePointAt(0), 'n')).isTrue();
        assertThat(mayBe("🅽".codePointAt(0), 'n')).isTrue();
        assertThat(mayBe('٣', '3')).isTrue();
        assertThat(canonical('ﬁ')).isEqualTo("fi");
        assertThat(canonical('ß')).isEqualTo("ss");
        assertThat(canonical('æ')).isEqualTo("ae");
        assertThat(canonical('Ø')).isEqualTo("o");
        assertThat(canonical('é')).isEqualTo("e");
        assertThat(canonical('４')).isEqualTo("4");
        assertThat(canonical('中')).isEqualTo("中");
    }

    @Test
    void capitals_that_look_latin_stay_their_small_letters_too() {
        assertThat(mayBe('Η', 'h')).isTrue();
        assertThat(mayBe('Η', 'η')).isTrue();
        assertThat(mayBe('η', 'h')).isFalse();
    }

    @Test
    void marks_that_look_like_letters_may_also_be_skipped() {
        assertThat(Folding.fold(0xC02))
                .singleElement()
                .satisfies(letter -> assertThat(letter.optional()).isTrue());
        assertThat(mayBe(0xC02, 'o')).isTrue();
        assertThat(Folding.fold('o').get(0).optional()).isFalse();
    }

    private static boolean isText(int code) {
        return Character.isDefined(code) && Character.getType(code) != Character.SURROGATE;
    }

    private static String canonical(int code) {
        StringBuilder text = new StringBuilder();
        Folding.fold(code).forEach(letter -> text.appendCodePoint(letter.codes()[0]));
        return text.toString();
    }

    private static boolean mayBe(int code, int letter) {
        List<Folding.Letter> letters = Folding.fold(code);
        return letters.size() == 1 && IntStream.of(letters.get(0).codes()).anyMatch(reading -> reading == letter);
    }

    private static boolean agree(String one, String other) {
        List<Folding.Letter> left = fold(one);
        List<Folding.Letter> right = fold(other);
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            int[] codes = right.get(i).codes();
            if (IntStream.of(left.get(i).codes())
                    .noneMatch(code -> IntStream.of(codes).anyMatch(reading -> reading == code))) {
                return false;
            }
        }
        return true;
    }

    private static List<Folding.Letter> fold(String text) {
        return text.codePoints()
                .boxed()
                .flatMap(code -> Folding.fold(code).stream())
                .toList();
    }
}
