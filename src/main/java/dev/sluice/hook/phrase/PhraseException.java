package dev.sluice.hook.phrase;

import dev.sluice.decode.RuleId;

/** A phrase rule that cannot be enforced; the policy that holds it is refused. */
public final class PhraseException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient RuleId rule;
    private final String code;
    private final int offset;

    /**
     * Says what is wrong with a rule.
     *
     * @param rule the rule
     * @param code stable code, such as {@code phrase.backreference}
     * @param message what, bound, given, next step
     * @param offset code unit of the pattern or string where it is wrong, or -1 for the whole rule
     */
    public PhraseException(RuleId rule, String code, String message, int offset) {
        super(message);
        this.rule = rule;
        this.code = code;
        this.offset = offset;
    }

    /** The rule at fault. */
    public RuleId rule() {
        return rule;
    }

    /** The stable code. */
    public String code() {
        return code;
    }

    /** Code unit of the pattern where it is wrong, or -1 for the whole rule. */
    public int offset() {
        return offset;
    }
}
