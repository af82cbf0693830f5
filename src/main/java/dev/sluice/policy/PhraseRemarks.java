package dev.sluice.policy;

import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.phrase.PhraseRule.Match;
import dev.sluice.hook.phrase.PhraseRule.OnMatch;
import dev.sluice.policy.YamlNode.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Warns of phrase rules that can be enforced but are probably not what was meant. */
final class PhraseRemarks {
    private static final int SHORT = 3;

    /** Beyond this many strings in a policy the quadratic search for shadowed ones is left out. */
    private static final int SHADOW_SEARCH_LIMIT = 1000;

    private PhraseRemarks() {}

    /**
     * One forbidden string.
     *
     * @param rule its rule
     * @param text as compared: in lower case unless the rule matches exactly
     * @param where where it stands
     */
    private record Banned(PhraseRule rule, String text, Span where) {}

    /** Reports warnings on the rules of one policy. */
    static void report(List<PhraseSpecCompiler.Placed> rules, Findings findings) {
        List<Banned> strings = new ArrayList<>();
        for (PhraseSpecCompiler.Placed placed : rules) {
            PhraseRule rule = placed.rule();
            List<YamlNode> nodes = placed.mapping().list("ban");
            IntStream.range(0, nodes.size())
                    .mapToObj(i ->
                            new Banned(rule, comparable(rule, i), nodes.get(i).span()))
                    .forEach(strings::add);
            Mapping.Entry limit = placed.mapping().entries().get("rewind-limit");
            if (limit != null && rule.onMatch() == OnMatch.REJECT) {
                findings.warn(limit.key(), "phrase.no-effect", "rewind-limit has no effect with on-match: reject");
            }
        }
        strings.stream()
                .filter(string -> string.text().codePointCount(0, string.text().length()) < SHORT)
                .filter(string -> !string.rule().wholeWord())
                .forEach(string -> findings.warn(
                        string.where(),
                        "phrase.short",
                        "a string of fewer than %d characters will be found inside many words; lengthen it or set whole-word: true"
                                .formatted(SHORT)));
        boolean[] repeated = repeated(strings, findings);
        if (strings.size() <= SHADOW_SEARCH_LIMIT) {
            shadowed(strings, repeated, findings);
        }
    }

    private static boolean[] repeated(List<Banned> strings, Findings findings) {
        Map<List<Object>, Banned> seen = new HashMap<>();
        boolean[] repeated = new boolean[strings.size()];
        for (int i = 0; i < repeated.length; i++) {
            Banned string = strings.get(i);
            PhraseRule rule = string.rule();
            Banned first =
                    seen.putIfAbsent(List.of(string.text(), rule.match(), rule.onMatch(), rule.wholeWord()), string);
            if (first != null) {
                repeated[i] = true;
                findings.warn(
                        string.where(),
                        "phrase.duplicate",
                        "rule %s forbids the same string in the same way at %s; drop one of them"
                                .formatted(
                                        first.rule().id().rule(), first.where().place()));
            }
        }
        return repeated;
    }

    /** A string whose match is preceded or accompanied by a match of another never decides anything. */
    private static void shadowed(List<Banned> strings, boolean[] repeated, Findings findings) {
        for (int i = 0; i < repeated.length; i++) {
            Banned string = strings.get(i);
            if (repeated[i] || string.rule().onMatch() != OnMatch.REJECT) {
                continue;
            }
            strings.stream()
                    .filter(other -> covers(other, string))
                    .findFirst()
                    .ifPresent(other -> findings.warn(
                            string.where(),
                            "phrase.shadowed",
                            "the string holds one that rule %s forbids already at %s, so it never decides; drop it"
                                    .formatted(
                                            other.rule().id().rule(),
                                            other.where().place())));
        }
    }

    private static boolean covers(Banned other, Banned string) {
        if (other.rule().wholeWord()
                || other.rule().match().compareTo(string.rule().match()) < 0) {
            return false;
        }
        String within = other.rule().match() == Match.EXACT ? string.text() : lower(string.text());
        return within.contains(other.text()) && !within.equals(other.text());
    }

    private static String comparable(PhraseRule rule, int index) {
        String text = rule.ban().get(index);
        return rule.match() == Match.EXACT ? text : lower(text);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
