package dev.sluice.hook;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The state of a hook that is not asked for the rest of an answer: it accepts everything.
 *
 * @param failed the rule that could not be asked, or null where it has nothing to say
 */
public record Unasked(@Nullable RuleId failed) implements HookState {
    /** Of a hook that has nothing to say about the answer. */
    public static final HookState CONTENT = new Unasked(null);

    @Override
    public Verdict judge(int token, boolean ends) {
        return Verdict.ACCEPT;
    }

    @Override
    public HookState after(int token) {
        return this;
    }
}
