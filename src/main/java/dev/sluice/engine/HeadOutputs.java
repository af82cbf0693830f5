package dev.sluice.engine;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.FeedForward;
import dev.sluice.model.Pass;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What acceptance heads give for the rows of one pass: each head is run once, over all rows, when first asked. */
final class HeadOutputs {
    private final Pass pass;
    private final Map<FeedForward, float[][]> outputs = new HashMap<>();

    /** The heads of a pass. */
    HeadOutputs(Pass pass) {
        this.pass = pass;
    }

    /**
     * Whether a head accepts the token that a row stands behind. A head that gives no numbers accepts, where its policy
     * leaves it open.
     *
     * @param failed takes the rule of such a head
     * @throws HookFailedException if it gives no numbers otherwise
     */
    boolean accepts(AcceptanceHead head, int row, Consumer<RuleId> failed) {
        float[] output = outputs.computeIfAbsent(head.network(), pass::apply)[row];
        if (!Float.isFinite(output[0]) || !Float.isFinite(output[1])) {
            if (!head.open()) {
                throw new HookFailedException(
                        head.rule(),
                        new ArithmeticException("its head gave " + output[0] + " and " + output[1]
                                + ", which are no verdict; train it anew"));
            }
            failed.accept(head.rule());
            return true;
        }
        return output[1] > output[0];
    }
}
