package dev.sluice.policy;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.phrase.PhraseException;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Compiles {@code spec.phrases}: strings and patterns that must not appear. */
final class PhraseSpecCompiler implements SpecCompiler {
    private static final int DEFAULT_REWIND_LIMIT = 64;

    /**
     * A rule with the place it came from.
     *
     * @param rule the rule
     * @param mapping its place
     */
    record Placed(PhraseRule rule, Mapping mapping) {}

    @Override
    public Compiled compile(Scope scope, YamlNode spec, Findings findings) {
        List<Rule> ids = new ArrayList<>();
        List<Placed> sound = new ArrayList<>();
        for (YamlNode item : spec instanceof Sequence sequence ? sequence.items() : List.<YamlNode>of()) {
            if (item instanceof Mapping mapping && mapping.get("id") instanceof Text id) {
                ids.add(new Rule(id.value(), false, id.span()));
                if (!hasControlCharacters(mapping, findings) && !findings.isFaulty(mapping)) {
                    sound.add(new Placed(rule(scope.policy(), id.value(), mapping), mapping));
                }
            }
        }
        PhraseHook hook = hook(sound, spec, findings);
        if (hook != null) {
            PhraseRemarks.report(sound, findings);
        }
        return new Compiled(hook, ids);
    }

    private static PhraseRule rule(String policy, String id, Mapping mapping) {
        String match = mapping.text("match");
        String onMatch = mapping.text("on-match");
        Integer rewindLimit = number(mapping, "rewind-limit");
        return new PhraseRule(
                new RuleId(policy, id),
                mapping.list("ban").stream().map(item -> ((Text) item).value()).toList(),
                mapping.text("pattern"),
                match == null ? PhraseRule.Match.FOLDED : PhraseRule.Match.valueOf(match.toUpperCase(Locale.ROOT)),
                onMatch == null
                        ? PhraseRule.OnMatch.REWIND
                        : PhraseRule.OnMatch.valueOf(onMatch.toUpperCase(Locale.ROOT)),
                mapping.get("whole-word") instanceof Literal literal && Boolean.TRUE.equals(literal.value()),
                number(mapping, "max-length"),
                rewindLimit == null ? DEFAULT_REWIND_LIMIT : rewindLimit);
    }

    private static @Nullable Integer number(Mapping mapping, String key) {
        return mapping.get(key) instanceof Literal literal && literal.value() instanceof BigDecimal number
                ? Integer.valueOf(number.intValueExact())
                : null;
    }

    /** In double quotes YAML makes {@code \b} a backspace, so that a pattern would silently never match. */
    private static boolean hasControlCharacters(Mapping mapping, Findings findings) {
        List<YamlNode> texts = new ArrayList<>(mapping.list("ban"));
        if (mapping.get("pattern") instanceof Text pattern) {
            texts.add(pattern);
        }
        boolean found = false;
        for (YamlNode node : texts) {
            if (node instanceof Text text && !findings.isFaulty(text)) {
                int at = firstControlCharacter(text.value());
                if (at >= 0) {
                    findings.error(
                            text.at(at),
                            "phrase.control-character",
                            ("the text holds the control character U+%04X, which no rule can match on purpose; "
                                            + "put patterns in single quotes, where a backslash is just that")
                                    .formatted((int) text.value().charAt(at)));
                    found = true;
                }
            }
        }
        return found;
    }

    private static int firstControlCharacter(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) && c != '\t' && c != '\n') {
                return i;
            }
        }
        return -1;
    }

    /** Compiles the rules together; if that fails, each alone, so that every error is found. */
    private static @Nullable PhraseHook hook(List<Placed> rules, YamlNode spec, Findings findings) {
        if (rules.isEmpty()) {
            return null;
        }
        try {
            return PhraseHook.compile(rules.stream().map(Placed::rule).toList());
        } catch (PhraseException together) {
            boolean located = false;
            for (Placed placed : rules) {
                located |= reportAlone(placed, findings);
            }
            if (!located) {
                findings.error(spec.span(), together.code(), String.valueOf(together.getMessage()));
            }
            return null;
        }
    }

    private static boolean reportAlone(Placed placed, Findings findings) {
        PhraseException error = errorOf(placed.rule());
        if (error == null) {
            return false;
        }
        if (placed.mapping().get("pattern") instanceof Text pattern) {
            findings.error(pattern.at(error.offset()), error.code(), String.valueOf(error.getMessage()));
            return true;
        }
        boolean located = false;
        List<YamlNode> strings = placed.mapping().list("ban");
        for (int i = 0; i < strings.size(); i++) {
            if (errorOf(withOnly(i, 0, placed.rule())) == null) {
                continue;
            }
            PhraseException of = errorOf(withOnly(i, i, placed.rule()));
            if (of != null) {
                findings.error(((Text) strings.get(i)).at(of.offset()), of.code(), String.valueOf(of.getMessage()));
                located = true;
            }
        }
        if (!located) {
            findings.error(placed.mapping().span(), error.code(), String.valueOf(error.getMessage()));
        }
        return true;
    }

    private static @Nullable PhraseException errorOf(PhraseRule rule) {
        try {
            PhraseHook.compile(List.of(rule));
            return null;
        } catch (PhraseException e) {
            return e;
        }
    }

    /** The rule with one of its strings, behind some that are known to be good, so that a message can count it. */
    private static PhraseRule withOnly(int index, int before, PhraseRule rule) {
        List<String> strings = new ArrayList<>(Collections.nCopies(before, "placeholder"));
        strings.add(rule.ban().get(index));
        return new PhraseRule(
                rule.id(),
                strings,
                null,
                rule.match(),
                rule.onMatch(),
                rule.wholeWord(),
                rule.maxLength(),
                rule.rewindLimit());
    }
}
