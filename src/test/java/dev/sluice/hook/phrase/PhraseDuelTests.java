package dev.sluice.hook.phrase;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookState;
import dev.sluice.testkit.Series;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Random rules on random texts in random tokens against a naive twin, which folds the whole text, tries every stretch of it
 * with {@link java.util.regex} and finds out by trying whether a match depends on the character behind it.
 */
class PhraseDuelTests {
    private static final List<PhraseRule.Match> MATCHES = List.of(PhraseRule.Match.values());
    private static final String WORD = "[\\p{L}\\p{M}\\p{Nd}_]";
    private static final String BOUNDARY = "(?:(?<=W)(?!W)|(?<!W)(?=W))".replace("W", WORD);
    private static final String[] TEXT = {
        "a", "b", "c", "A", "B", "é", "e\u0301", " ", " ", "  ", "\n", "\u200B", "-", "_", "1", "ﬁ", "😀"
    };

    /** A rule and the twin's pattern for it, over the twin's text. */
    private record Case(PhraseRule rule, Pattern twin, int maxLength) {}

    /** One character of the twin's text: token of its first byte, token of its last byte. */
    private record Place(int first, int last) {}

    /** What the twin says of one token. */
    private record Expected(int rejectStart, int rewindStart) {
        boolean isNothing() {
            return rejectStart == Integer.MAX_VALUE && rewindStart == Integer.MAX_VALUE;
        }
    }

    @Test
    void verdicts_are_those_of_the_naive_twin() {
        int stopped = 0;
        Series duels = Series.of("phrase-duels", 2_000, 60_000);
        for (int seed : duels) {
            stopped += duel(seed) ? 1 : 0;
        }
        if (duels.isTelling()) {
            assertThat(stopped).as("duels in which a rule matched").isBetween(duels.ran() / 4, duels.ran() * 19 / 20);
        }
    }

    private static boolean duel(int seed) {
        Random random = new Random(seed);
        PhraseRule.Match match = MATCHES.get(random.nextInt(MATCHES.size()));
        List<Case> cases = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            cases.add(rule(random, match, cases.size()));
        }
        StringBuilder raw = new StringBuilder();
        for (int i = random.nextInt(24); i >= 0; i--) {
            raw.append(TEXT[random.nextInt(TEXT.length)]);
        }
        byte[] bytes = Pieces.utf8(raw.toString());
        BitSet cuts = new BitSet();
        for (int i = 0; i < bytes.length; i++) {
            cuts.set(i, random.nextInt(3) == 0);
        }
        List<byte[]> pieces = Pieces.cut(bytes, cuts);
        int promptPieces = random.nextInt((pieces.size() + 2) / 3);
        boolean ends = random.nextBoolean();

        List<Place> places = new ArrayList<>();
        String text = view(raw.toString(), match, pieces, promptPieces, places);
        String story = "seed %d, rules %s, text %s, cuts %s, prompt %d pieces, ends %b"
                .formatted(seed, cases, raw, cuts, promptPieces, ends);
        List<byte[]> answer = pieces.subList(promptPieces, pieces.size());
        HookState state = Pieces.start(
                PhraseHook.compile(cases.stream().map(Case::rule).toList()), pieces.subList(0, promptPieces), answer);
        for (int token = 0; token < answer.size(); token++) {
            boolean last = ends && token == answer.size() - 1;
            Expected expected = expected(cases, text, places, token, last);
            Verdict verdict = state.judge(token, last);
            assertThat(describe(verdict)).as("token %d, %s", token, story).isEqualTo(describe(expected));
            if (!expected.isNothing()) {
                return true;
            }
            state = state.after(token);
        }
        return false;
    }

    private static String describe(Verdict verdict) {
        return verdict instanceof Verdict.Rewind rewind
                ? "rewind " + rewind.position()
                : verdict instanceof Verdict.Reject ? "reject" : "accept";
    }

    private static String describe(Expected expected) {
        if (expected.rejectStart < Integer.MAX_VALUE || expected.rewindStart < 0) {
            return "reject";
        }
        return expected.rewindStart == Integer.MAX_VALUE ? "accept" : "rewind " + expected.rewindStart;
    }

    private static Expected expected(List<Case> cases, String text, List<Place> places, int token, boolean ends) {
        int reject = Integer.MAX_VALUE;
        int rewind = Integer.MAX_VALUE;
        for (Case one : cases) {
            for (int from = 0; from < text.length(); from++) {
                int start = Math.max(places.get(from).first, -1);
                for (int to = from + 1; to <= Math.min(text.length(), from + one.maxLength); to++) {
                    if (completes(one.twin, text, from, to, places, token, ends)) {
                        if (one.rule.onMatch() == PhraseRule.OnMatch.REJECT) {
                            reject = Math.min(reject, start);
                        } else {
                            rewind = Math.min(rewind, start);
                        }
                    }
                }
            }
        }
        return new Expected(reject, rewind);
    }

    private static boolean completes(
            Pattern twin, String text, int from, int to, List<Place> places, int token, boolean ends) {
        boolean inside = places.get(to - 1).last == token;
        boolean behind = to < text.length() ? places.get(to).last == token : ends;
        if (!inside && !behind) {
            return false;
        }
        String before = text.substring(0, to);
        boolean whateverFollows = matches(twin, before + "x", from, to) && matches(twin, before + ".", from, to);
        if (whateverFollows) {
            return inside;
        }
        return behind && matches(twin, text, from, to);
    }

    private static boolean matches(Pattern twin, String text, int from, int to) {
        Matcher matcher = twin.matcher(text);
        return matcher.region(from, to)
                .useTransparentBounds(true)
                .useAnchoringBounds(false)
                .matches();
    }

    /** The twin's text: one char a symbol, with the tokens that hold it (counted from the answer's first). */
    private static String view(
            String raw, PhraseRule.Match match, List<byte[]> pieces, int promptPieces, List<Place> places) {
        List<Integer> tokenOfByte = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            for (int j = 0; j < pieces.get(i).length; j++) {
                tokenOfByte.add(i - promptPieces);
            }
        }
        StringBuilder text = new StringBuilder();
        int at = 0;
        for (int code : raw.codePoints().toArray()) {
            int length = Pieces.utf8(Character.toString(code)).length;
            Place place = new Place(tokenOfByte.get(at), tokenOfByte.get(at + length - 1));
            at += length;
            for (char c : folded(code, match).toCharArray()) {
                if (match == PhraseRule.Match.FOLDED
                        && c == ' '
                        && !text.isEmpty()
                        && text.charAt(text.length() - 1) == ' ') {
                    continue;
                }
                text.append(c);
                places.add(place);
            }
        }
        return text.toString();
    }

    private static String folded(int code, PhraseRule.Match match) {
        if (match == PhraseRule.Match.EXACT) {
            return code == 0x1F600 ? "☺" : Character.toString(code);
        }
        boolean loose = match == PhraseRule.Match.LOOSE;
        return switch (code) {
            case 'A', 'B' -> Character.toString(code + 32);
            case 'é' -> "e";
            case 0x301, 0x200B -> "";
            case 'ﬁ' -> "fi";
            case '\n', ' ' -> loose ? "" : " ";
            case 0x1F600 -> loose ? "" : "☺";
            case '-', '_' -> loose ? "" : Character.toString(code);
            default -> Character.toString(code);
        };
    }

    private static Case rule(Random random, PhraseRule.Match match, int index) {
        PhraseRule.OnMatch onMatch = random.nextBoolean() ? PhraseRule.OnMatch.REJECT : PhraseRule.OnMatch.REWIND;
        boolean loose = match == PhraseRule.Match.LOOSE;
        boolean wholeWord = !loose && random.nextInt(4) == 0;
        String around = wholeWord ? "(?<!W)(?:%s)(?!W)".replace("W", WORD) : "%s";
        if (random.nextBoolean()) {
            String letters = loose ? "abce1f" : match == PhraseRule.Match.FOLDED ? "abceABé1_f" : "abcABe1é-_ ";
            StringBuilder ban = new StringBuilder();
            StringBuilder twin = new StringBuilder();
            for (int i = (loose ? 2 : 1) + random.nextInt(3); i > 0; i--) {
                char c = letters.charAt(random.nextInt(letters.length()));
                ban.append(c);
                twin.append(Pattern.quote(folded(c, match)));
            }
            PhraseRule rule = new PhraseRule(
                    Pieces.id("r" + index), List.of(ban.toString()), null, match, onMatch, wholeWord, null, 64);
            return new Case(rule, Pattern.compile(around.formatted(twin)), 1000);
        }
        StringBuilder[] both = {new StringBuilder(), new StringBuilder()};
        if (!loose && random.nextInt(4) == 0) {
            append(both, "\\b", BOUNDARY);
        }
        boolean unbounded = expression(random, both, 3, match);
        append(both, "[abc]", "[abc]");
        if (!loose && random.nextInt(4) == 0) {
            append(both, "\\b", BOUNDARY);
        }
        if (random.nextInt(8) == 0) {
            append(both, "$", "\\z");
        }
        boolean limited = (unbounded && onMatch == PhraseRule.OnMatch.REWIND) || random.nextInt(3) == 0;
        int shortest = RegexParser.parse(Pieces.id("r" + index), both[0].toString(), View.of(match))
                .shortest();
        int maxLength = limited ? shortest + random.nextInt(4) : 1000;
        PhraseRule rule = new PhraseRule(
                Pieces.id("r" + index),
                List.of(),
                both[0].toString(),
                match,
                onMatch,
                wholeWord,
                limited ? maxLength : null,
                64);
        return new Case(rule, Pattern.compile(around.formatted(both[1])), maxLength);
    }

    /** Appends a random expression to pattern and twin; true if its matches have no longest length. */
    private static boolean expression(Random random, StringBuilder[] both, int depth, PhraseRule.Match match) {
        boolean unbounded = false;
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            int kind = random.nextInt(depth > 0 ? 9 : 5);
            switch (kind) {
                case 0 -> append(both, "a", "a");
                case 1 -> append(both, "b", "b");
                case 2 -> append(both, "[a-c1]", "[a-c1]");
                case 3 -> append(both, "\\d", "\\d");
                case 4 -> {
                    if (match == PhraseRule.Match.LOOSE) {
                        append(both, "e", "e");
                    } else {
                        append(both, "[^b ]", "[^b ]");
                    }
                }
                case 5 -> {
                    append(both, "(", "(?:");
                    unbounded |= expression(random, both, depth - 1, match);
                    append(both, "|", "|");
                    unbounded |= expression(random, both, depth - 1, match);
                    append(both, ")", ")");
                }
                case 6 -> {
                    append(both, "(?:", "(?:");
                    unbounded |= expression(random, both, depth - 1, match);
                    String[] quantifiers = {")?", "){0,2}", "){2}", "){1,3}?", ")??"};
                    String quantifier = quantifiers[random.nextInt(quantifiers.length)];
                    append(both, quantifier, quantifier);
                }
                case 7 -> {
                    append(both, "(?:", "(?:");
                    expression(random, both, depth - 1, match);
                    String quantifier = random.nextBoolean() ? ")*" : ")+?";
                    append(both, quantifier, quantifier);
                    unbounded = true;
                }
                default -> {
                    if (match == PhraseRule.Match.LOOSE) {
                        append(both, "c", "c");
                    } else {
                        append(both, "(?: a|\\Bb)", "(?: a|(?!B)b)".replace("B", BOUNDARY));
                    }
                }
            }
        }
        return unbounded;
    }

    private static void append(StringBuilder[] both, String pattern, String twin) {
        both[0].append(pattern);
        both[1].append(twin);
    }
}
