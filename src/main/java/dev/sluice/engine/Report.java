package dev.sluice.engine;

import java.util.List;
import java.util.Map;
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
 * @param speculation how drafting went
 * @param interventions what the guards did, by choice and position
 * @param persona what each persona alone would have done otherwise, by choice; empty without personas
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
        Drafting speculation,
        List<Intervention> interventions,
        List<Vote> persona) {

    /**
     * How drafting went.
     *
     * @param maxNodes most draft nodes a pass, or {@link GenerationRequest.Speculation#AUTO}
     * @param meanNodes draft nodes per target pass
     * @param switchedOff whether, under {@code auto}, drafting did not pay in the latest passes
     * @param byDrafter the part of each drafter, by its name; a token that several proposed counts for the one that was
     *     surest
     */
    public record Drafting(int maxNodes, double meanNodes, boolean switchedOff, Map<String, Share> byDrafter) {}

    /**
     * The part of one drafter.
     *
     * @param drafted draft tokens verified
     * @param accepted draft tokens accepted
     */
    public record Share(int drafted, int accepted) {
        /** Both together. */
        public Share plus(Share other) {
            return new Share(drafted + other.drafted, accepted + other.accepted);
        }
    }

    /**
     * The tokens of a choice that one persona alone would not have chosen: the cross-validation of the personas.
     *
     * @param choice index of the choice
     * @param lane the persona's name
     * @param rejected indices into the choice's final token ids
     */
    public record Vote(int choice, String lane, List<Integer> rejected) {}

    /**
     * One act of a guard. Never holds the forbidden text.
     *
     * @param choice index of the choice
     * @param position index into the choice's final token ids where the first affected token stands
     * @param policy the policy, or null where no single one acted
     * @param rule the rule, or null where no single one acted
     * @param kind reject, rewind, mask, penalty, head, constraint, withheld, dead-end, relax, failed or shadow
     */
    public record Intervention(
            int choice,
            int position,
            @Nullable String policy,
            @Nullable String rule,
            String kind) {}
}
