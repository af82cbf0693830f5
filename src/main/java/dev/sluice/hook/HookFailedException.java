package dev.sluice.hook;

import dev.sluice.decode.RuleId;

/**
 * A rule could not be asked, because a model it needs failed, and its policy says {@code on-failure: closed}: the request
 * must end, lest the answer go on unguarded. The message names the rule; text of a prompt or an answer is not in it.
 */
public final class HookFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient RuleId rule;

    /**
     * Says which rule failed.
     *
     * @param rule the rule
     * @param cause why
     */
    public HookFailedException(RuleId rule, Throwable cause) {
        super(
                "rule " + rule + " could not be asked, and its policy says on-failure: closed ("
                        + cause.getClass().getSimpleName() + ")",
                cause);
        this.rule = rule;
    }

    /** The rule that failed. */
    public RuleId rule() {
        return rule;
    }
}
