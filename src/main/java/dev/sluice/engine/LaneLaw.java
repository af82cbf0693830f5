package dev.sluice.engine;

import dev.sluice.decode.Acceptance;
import dev.sluice.decode.Choice;
import dev.sluice.decode.Judge;
import dev.sluice.decode.LaneMixture;
import dev.sluice.decode.Noise;
import dev.sluice.decode.RankedChoice;
import dev.sluice.hook.persona.Persona;
import dev.sluice.model.RankedRow;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The law of a choice whose tokens several lanes judge, bound to the rows of a pass. Engine loop only.
 *
 * @param persona its lanes, more than one
 * @param alone the law of one lane
 * @param mixture the law of all
 */
record LaneLaw(PersonaPrompt persona, RankedChoice alone, LaneMixture mixture) {
    private int size() {
        return persona.lanes().size();
    }

    private double[] weights(int position) {
        return Persona.weightsAt(persona.mode(), persona.shares(), position);
    }

    /** The token that follows an answer position, from the verified rows of its node. */
    Choice choose(VerifiedRows rows, int node, int position, Noise noise, Judge judge, Acceptance heads) {
        List<RankedRow> ranked = IntStream.range(0, size())
                .mapToObj(lane -> rows.row(lane, node))
                .toList();
        LaneMixture.Position at = new LaneMixture.Position(
                ranked,
                rows.query(node),
                weights(position),
                lane -> rows.raw(lane, node),
                (lane, tokens) -> rows.raw(lane, node, tokens));
        return mixture.choose(at, noise, judge, heads);
    }

    /** For each lane, whether its own choice would have been another. */
    boolean[] rejecting(VerifiedRows rows, int node, Noise noise, int emitted) {
        boolean[] rejecting = new boolean[size()];
        for (int lane = 0; lane < rejecting.length; lane++) {
            int own = lane;
            int choice = alone.unedited(rows.row(lane, node), rows.query(node), noise, () -> rows.raw(own, node));
            rejecting[lane] = choice != emitted;
        }
        return rejecting;
    }

    /** The logarithm of the mixture of the raw rows. */
    float[] mixed(VerifiedRows rows, int node, int position) {
        List<float[]> raw = IntStream.range(0, size())
                .mapToObj(lane -> rows.raw(lane, node))
                .toList();
        return mixture.mixed(raw, weights(position));
    }
}
