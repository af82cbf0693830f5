package dev.sluice.hook.align;

import dev.sluice.decode.RuleId;
import dev.sluice.model.FeedForward;

/**
 * A trained head that accepts or rejects the candidates for one token, each by the final-norm hidden state that the
 * target model has <em>behind</em> it.
 *
 * <p>After MARA (IJCAI 2025, arXiv 2505.19743). Candidates are the first of the order that the guards left over: at most
 * {@code topK}, and no more once their probabilities in the request's own distribution sum to {@code topP}. They are
 * judged one after the other; the first accepted wins. A single candidate is taken unasked, as published. Deviations: the
 * order is that of the keyed noise, so that temperature means something and a head changes a token only where it rejected the
 * one that would have won; {@code byScore} is the published order by probability, which is deterministic.
 *
 * <p><em>Limitations</em>: it judges one token at a time, as the model's own state shows it; what a later token turns a
 * sentence into it does not see. It belongs to one model, its adapters and, weakly, its precision and chat template.
 *
 * @param rule names it in reports
 * @param network reads a hidden state and gives two numbers; it accepts where the second is greater, not where they are equal
 * @param topK most candidates of a position, at least 1
 * @param topP probability after which no further candidate is considered, in (0, 1]
 * @param fallback which candidate is taken where all are rejected
 * @param byScore whether candidates come by probability and not by the keyed noise
 */
public record AcceptanceHead(
        RuleId rule, FeedForward network, int topK, double topP, Fallback fallback, boolean byScore) {
    /** Which candidate is taken where all are rejected. */
    public enum Fallback {
        /** The first of the order, as the published inference code does. */
        FIRST,
        /** The last candidate, as the published training code does. */
        LAST
    }
}
