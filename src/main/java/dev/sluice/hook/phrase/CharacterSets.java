package dev.sluice.hook.phrase;

import com.ibm.icu.text.UnicodeSet;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The sets of characters that patterns name, in the alphabet of one view. */
final class CharacterSets {
    static final UnicodeSet DIGIT = new UnicodeSet("[:Nd:]").freeze();
    static final UnicodeSet WORD = new UnicodeSet("[[:L:][:M:][:Nd:]_]").freeze();
    static final UnicodeSet SPACE = blanks();

    private static final UnicodeSet ANY = new UnicodeSet(0, 0x10FFFF).freeze();
    private static final UnicodeSet LINE_ENDS = new UnicodeSet("[\\n\\r\\u0085\\u2028\\u2029]").freeze();
    private static final UnicodeSet KEPT = new UnicodeSet("[[:L:][:Nd:][!|€@\\$+]]").freeze();
    /** Larger sets are folded by case alone; look-alikes are then found from the text's side. */
    private static final int MOST_FOLDED = 4096;

    private final View view;

    CharacterSets(View view) {
        this.view = view;
    }

    /** What {@code .} matches: all but line ends, or all characters where the view has no line ends. */
    Regex any() {
        return view.match == PhraseRule.Match.EXACT ? new Regex.Chars(complement(LINE_ENDS)) : seen(ANY);
    }

    /** What one character of a pattern matches. */
    Regex literal(int code, boolean ignoreCase) {
        if (view.match == PhraseRule.Match.EXACT) {
            return new Regex.Chars(
                    closed(new UnicodeSet(code, code), ignoreCase).freeze());
        }
        return sequence(view.literal(code).stream().map(Folding.Letter::codes).toList());
    }

    /** What a class matches. */
    Regex oneOf(UnicodeSet set, boolean negated, boolean ignoreCase) {
        if (view.match == PhraseRule.Match.EXACT) {
            UnicodeSet closed = closed(new UnicodeSet(set), ignoreCase);
            return new Regex.Chars(negated ? complement(closed) : closed.freeze());
        }
        UnicodeSet folded = closed(new UnicodeSet(set), true);
        Set<List<Integer>> longer = new LinkedHashSet<>();
        if (set.containsSome(SPACE)) {
            folded.add(' ');
        }
        if (set.size() <= MOST_FOLDED) {
            for (UnicodeSet.EntryRange range : set.ranges()) {
                for (int code = range.codepoint; code <= range.codepointEnd; code++) {
                    addFolded(code, folded, longer);
                }
            }
        }
        Regex one = seen(negated ? complement(folded) : folded.freeze());
        if (negated || longer.isEmpty()) {
            return one;
        }
        List<Regex> branches = new ArrayList<>(List.of(one));
        for (List<Integer> codes : longer) {
            branches.add(sequence(codes.stream().map(code -> new int[] {code}).toList()));
        }
        return new Regex.Choice(branches);
    }

    /** A class whose separators the loose view drops: where one may have stood, nothing may be seen. */
    private Regex seen(UnicodeSet set) {
        Regex one = new Regex.Chars(set);
        if (view.match != PhraseRule.Match.LOOSE || KEPT.containsAll(set)) {
            return one;
        }
        return set.containsNone(KEPT) ? new Regex.Empty() : new Regex.Repeat(one, 0, 1);
    }

    private void addFolded(int code, UnicodeSet folded, Set<List<Integer>> longer) {
        List<Folding.Letter> letters = view.literal(code);
        if (letters.size() == 1) {
            folded.add(letters.get(0).base());
        } else if (letters.size() > 1) {
            longer.add(letters.stream().map(Folding.Letter::base).toList());
        }
    }

    private static Regex sequence(List<int[]> letters) {
        List<Regex> parts = new ArrayList<>();
        for (int[] codes : letters) {
            UnicodeSet set = new UnicodeSet();
            for (int code : codes) {
                set.add(code);
            }
            parts.add(new Regex.Chars(set.freeze()));
        }
        return parts.isEmpty() ? new Regex.Empty() : parts.size() == 1 ? parts.get(0) : new Regex.Sequence(parts);
    }

    private static UnicodeSet closed(UnicodeSet set, boolean ignoreCase) {
        return ignoreCase ? set.closeOver(UnicodeSet.CASE_INSENSITIVE).removeAllStrings() : set;
    }

    private static UnicodeSet complement(UnicodeSet set) {
        return new UnicodeSet(set).complement().freeze();
    }

    private static UnicodeSet blanks() {
        UnicodeSet blanks = new UnicodeSet();
        for (int code = 0; code <= 0xFFFF; code++) {
            if (Folding.isBlank(code)) {
                blanks.add(code);
            }
        }
        return blanks.freeze();
    }
}
