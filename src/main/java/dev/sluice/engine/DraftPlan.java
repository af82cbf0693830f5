package dev.sluice.engine;

import dev.sluice.draft.Growth;
import dev.sluice.draft.PassCosts;
import dev.sluice.draft.TreePlanner;
import java.util.ArrayList;
import java.util.List;

/** Grows the trees of a pass as far as it is worth it, and learns what passes cost. Engine loop only. */
final class DraftPlan {
    /** What a node that is in the tree whatever it costs is taken to yield. */
    private static final double TYPICAL_ACCEPTANCE = 0.3;

    private final PassCosts costs;

    /** A plan by the costs learned. */
    DraftPlan(PassCosts costs) {
        this.costs = costs;
    }

    /** Grows the trees that grow by cost. */
    void grow(List<DecodingSession> sessions) {
        List<Growth> growths = new ArrayList<>();
        double expected = 0;
        int tokens = 0;
        int running = 0;
        for (DecodingSession session : sessions) {
            if (session.running()) {
                running += session.lanes();
                tokens += session.lanes() * (session.chunk() + session.nodes());
                expected += session.decodes() ? 1 + session.nodes() * TYPICAL_ACCEPTANCE : 0;
                growths.add(session.growth());
            }
        }
        TreePlanner.plan(growths, expected, tokens, running, costs);
    }

    /**
     * Learns from a pass, unless part of a prompt was in it, which costs less a token.
     *
     * @param sessions those that were in it
     * @param nanos how long it took
     */
    void learn(List<DecodingSession> sessions, long nanos) {
        int tokens = 0;
        int lanes = 0;
        for (DecodingSession session : sessions) {
            if (session.chunk() != 1) {
                return;
            }
            tokens += session.lanes() * (1 + session.nodes());
            lanes += session.lanes();
        }
        costs.learn(tokens, lanes, (double) nanos);
    }
}
