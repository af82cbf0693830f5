package dev.sluice.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request cost and what the guards did.
 *
 * @param seed seed of choice 0
 * @param revision revision of the policies it ran under
 * @param policies names of the policies that applied, in order
 * @param promptTokens tokens of the prompt
 * @param cachedTokens those of them that the first choice did not have to compute
 * @param completionTokens tokens of all answers, as released
 * @param passes target passes that decoded, over all choices
 * @param drafted draft tokens verified
 * @param accepted draft tokens accepted
 * @param meanAcceptanceLength tokens emitted per target pass
 * @param interventions what the guards did, by choice and position
 */
public record Report(
        long seed,
        String revision,
        List<String> policies,
        int promptTokens,
        int cachedTokens,
        int completionTokens,
        int passes,
        int drafted,
        int accepted,
        double meanAcceptanceLength,
        List<Intervention> interventions) {

    /**
     * One act of a guard. Never holds the forbidden text.
     *
     * @param choice index of the choice
     * @param position index into the choice's final token ids where the first affected token stands
     * @param policy the policy, or null where no single one acted
     * @param rule the rule, or null where no single one acted
     * @param kind reject, rewind, mask, penalty, head, constraint, withheld, dead-end, relax or shadow
     */
    public record Intervention(
            int choice,
            int position,
            @Nullable String policy,
            @Nullable String rule,
            String kind) {}
}
