package dev.sluice.hook.unlearn;

import dev.sluice.decode.RuleId;
import org.jspecify.annotations.Nullable;

/**
 * One rule as a policy states it.
 *
 * @param id names the rule, and its hard part, in reports
 * @param index what is to be forgotten
 * @param router flags prompts, or null where similarity alone does
 * @param similarity a prompt is flagged, too, where it is at least this close to a question or answer of the forget set; in
 *     (0, 1]
 * @param answers how many of the closest answers are forbidden, 1 to 8
 * @param excludePromptWords whether what the user said may be said again
 * @param ratio share of a phrase's words that counts as the whole phrase, in (0, 1]
 * @param semantic what happens to words that mean alike, or null for nothing
 * @param open whether an answer goes on where the encoder or the router fails; otherwise its request ends
 */
public record UnlearnRule(
        RuleId id,
        ForgetIndex index,
        @Nullable Router router,
        double similarity,
        int answers,
        boolean excludePromptWords,
        double ratio,
        @Nullable Semantic semantic,
        boolean open) {

    /**
     * How words are judged that are no forbidden ones, but like them.
     *
     * @param threshold a word whose cosine with a forbidden one is at least this is rejected; in (0, 1]
     * @param below what happens to the others
     */
    public record Semantic(double threshold, Below below) {}

    /** What happens to a word below the threshold. */
    public enum Below {
        /** Nothing. */
        MASK,
        /** It loses as many nats as its cosine, if that is positive: the published form. */
        PAPER
    }

    /** The same rule with hard phrases alone. */
    public UnlearnRule withoutSemantics() {
        return new UnlearnRule(id, index, router, similarity, answers, excludePromptWords, ratio, null, open);
    }

    /** Names the semantic part in reports, and where a dead end lifts it: the rule's id and {@code .semantic}. */
    public RuleId semanticId() {
        return new RuleId(id.policy(), semanticId(id.rule()));
    }

    /** The id of the semantic part of a rule. */
    public static String semanticId(String rule) {
        return rule + ".semantic";
    }
}
