package dev.sluice.hook.phrase;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Checks rules and builds the automata that enforce them. */
final class PhraseCompiler {
    private final List<PhraseRule> rules;
    private final Map<PhraseRule.Match, Automaton.Builder> builders = new EnumMap<>(PhraseRule.Match.class);
    private long holdBack;

    PhraseCompiler(List<PhraseRule> rules) {
        this.rules = rules;
    }

    /** Compiles all rules. */
    PhraseHook compile() {
        for (int i = 0; i < rules.size(); i++) {
            PhraseRule rule = rules.get(i);
            if (rule.ban().isEmpty() == (rule.pattern() == null)) {
                throw refused(rule, "phrase.kind", "needs either strings to ban or a pattern, and not both");
            }
            if (rule.pattern() != null) {
                addPattern(rule, rule.pattern(), i);
            } else {
                addStrings(rule, i);
            }
        }
        List<Automaton> automata = new ArrayList<>();
        builders.values().forEach(builder -> automata.add(builder.build()));
        return new PhraseHook(rules, automata, (int) Math.min(holdBack, Integer.MAX_VALUE));
    }

    private void addStrings(PhraseRule rule, int index) {
        if (rule.maxLength() != null) {
            throw refused(rule, "phrase.max-length", "has a max-length, which only patterns take; leave it out");
        }
        for (int i = 0; i < rule.ban().size(); i++) {
            List<int[]> letters = letters(rule.ban().get(i), View.of(rule.match()));
            if (letters.isEmpty()) {
                throw refused(
                        rule,
                        "phrase.empty",
                        "string " + (i + 1) + " has nothing to match at level " + level(rule)
                                + "; write visible characters or use exact");
            }
            if (rule.match() == PhraseRule.Match.LOOSE && letters.size() < 2) {
                throw refused(
                        rule,
                        "phrase.too-short",
                        "string " + (i + 1) + " keeps one letter at level loose, at least 2; use folded");
            }
            builder(rule).addString(letters, index, rule);
            hold(rule, letters.size());
        }
    }

    private static List<int[]> letters(String text, View view) {
        List<int[]> letters = new ArrayList<>();
        boolean collapses = view.match == PhraseRule.Match.FOLDED;
        boolean[] blank = {false};
        text.codePoints().forEach(code -> {
            for (Folding.Letter letter : view.literal(code)) {
                boolean isBlank = letter.base() == ' ';
                if (!(collapses && isBlank && blank[0])) {
                    letters.add(letter.codes());
                }
                blank[0] = isBlank;
            }
        });
        return letters;
    }

    private void addPattern(PhraseRule rule, String pattern, int index) {
        Regex regex = RegexParser.parse(rule.id(), pattern, View.of(rule.match()));
        if (regex.size() > RegexParser.MOST_NODES) {
            throw refused(
                    rule,
                    "phrase.too-large",
                    "spells out to " + regex.size() + " automaton nodes, at most " + RegexParser.MOST_NODES
                            + "; lower the counts or split the pattern");
        }
        if (regex.shortest() == 0) {
            throw refused(
                    rule,
                    "phrase.empty",
                    "also matches the empty text at level " + level(rule) + "; make one character obligatory");
        }
        Integer stated = rule.maxLength();
        if (stated != null && (stated < regex.shortest() || stated > Threads.LONGEST_MATCH)) {
            throw refused(
                    rule,
                    "phrase.max-length",
                    "has max-length " + stated + ", which must be between its shortest match, " + regex.shortest()
                            + ", and " + Threads.LONGEST_MATCH);
        }
        if (stated == null && regex.longest() == Regex.UNBOUNDED && rule.onMatch() == PhraseRule.OnMatch.REWIND) {
            throw refused(
                    rule,
                    "phrase.unbounded",
                    "rewinds, but its matches have no longest length, so text would be held back without end; add"
                            + " max-length: N, replace * and + by {0,n} and {1,n}, or use on-match: reject");
        }
        int limit = stated != null && stated < regex.longest() ? stated : 0;
        if (rule.wholeWord()) {
            regex = new Regex.Sequence(
                    List.of(new Regex.Assertion(Gap.AFTER_NO_WORD), regex, new Regex.Assertion(Gap.BEFORE_NO_WORD)));
        }
        builder(rule).addPattern(regex, index, rule, limit);
        hold(rule, limit > 0 ? limit : regex.longest());
    }

    private void hold(PhraseRule rule, int longest) {
        if (rule.onMatch() == PhraseRule.OnMatch.REWIND) {
            long each = switch (rule.match()) {
                case EXACT -> 1;
                case FOLDED -> Threads.LONGEST_RUN + 1;
                case LOOSE -> 2 * Threads.LONGEST_RUN + 1;
            };
            holdBack = Math.max(holdBack, longest * each);
        }
    }

    private Automaton.Builder builder(PhraseRule rule) {
        return builders.computeIfAbsent(rule.match(), match -> new Automaton.Builder(View.of(match)));
    }

    private static String level(PhraseRule rule) {
        return rule.match().name().toLowerCase(Locale.ROOT);
    }

    private static PhraseException refused(PhraseRule rule, String code, String message) {
        return new PhraseException(rule.id(), code, "phrase rule " + rule.id() + " " + message, -1);
    }
}
