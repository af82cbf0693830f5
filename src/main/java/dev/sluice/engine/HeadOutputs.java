package dev.sluice.engine;

import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.FeedForward;
import dev.sluice.model.Pass;
import java.util.HashMap;
import java.util.Map;

/** What acceptance heads give for the rows of one pass: each head is run once, over all rows, when first asked. */
final class HeadOutputs {
    private final Pass pass;
    private final Map<FeedForward, float[][]> outputs = new HashMap<>();

    /** The heads of a pass. */
    HeadOutputs(Pass pass) {
        this.pass = pass;
    }

    /**
     * Whether a head accepts the token that a row stands behind.
     *
     * @throws IllegalStateException if the head gives no numbers
     */
    boolean accepts(AcceptanceHead head, int row) {
        float[] output = outputs.computeIfAbsent(head.network(), pass::apply)[row];
        if (!Float.isFinite(output[0]) || !Float.isFinite(output[1])) {
            throw new IllegalStateException("the acceptance head of rule " + head.rule() + " gave " + output[0]
                    + " and " + output[1] + ", which are no verdict; train it anew");
        }
        return output[1] > output[0];
    }
}
