package dev.sluice.hook.phrase;

import dev.sluice.decode.Verdict;
import java.util.List;

/**
 * The matches that one token completes, as far as they matter: of each kind the one that began first, and of those the
 * first rule. A workspace.
 */
final class Findings {
    private static final int NONE = -1;
    /** Where matches that began in the prompt start. */
    static final int IN_PROMPT = -1;

    private final List<PhraseRule> rules;
    private int rejectRule = NONE;
    private int rejectStart;
    private int rewindRule = NONE;
    private int rewindStart;
    private int overrunRule = NONE;

    Findings(List<PhraseRule> rules) {
        this.rules = rules;
    }

    /** Forgets everything. */
    void clear() {
        rejectRule = NONE;
        rewindRule = NONE;
        overrunRule = NONE;
    }

    /** A match of a rule that began at an answer position is complete. */
    void complete(int rule, int start) {
        if (rules.get(rule).onMatch() == PhraseRule.OnMatch.REJECT) {
            if (rejectRule == NONE || start < rejectStart || (start == rejectStart && rule < rejectRule)) {
                rejectRule = rule;
                rejectStart = start;
            }
        } else if (rewindRule == NONE || start < rewindStart || (start == rewindStart && rule < rewindRule)) {
            rewindRule = rule;
            rewindStart = start;
        }
    }

    /** A run of ignorable characters inside a begun match of a rewind rule has become too long. */
    void overrun(int rule) {
        if (overrunRule == NONE || rule < overrunRule) {
            overrunRule = rule;
        }
    }

    /** Whether a match of a reject rule is complete. */
    boolean rejects() {
        return rejectRule != NONE;
    }

    /** The verdict that follows. */
    Verdict verdict() {
        if (rejectRule != NONE) {
            return reject(rejectRule);
        }
        if (rewindRule != NONE && rewindStart == IN_PROMPT) {
            return reject(rewindRule);
        }
        if (overrunRule != NONE) {
            return reject(overrunRule);
        }
        return rewindRule != NONE
                ? new Verdict.Rewind(
                        rewindStart,
                        0,
                        rules.get(rewindRule).rewindLimit(),
                        rules.get(rewindRule).id())
                : Verdict.ACCEPT;
    }

    private Verdict reject(int rule) {
        return new Verdict.Reject(rules.get(rule).id(), "reject");
    }
}
