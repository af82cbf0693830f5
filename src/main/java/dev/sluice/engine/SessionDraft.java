package dev.sluice.engine;

import dev.sluice.draft.Drafter;
import dev.sluice.draft.Growth;
import dev.sluice.draft.TokenSequence;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.engine.GenerationRequest.Speculation;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The drafting of one choice: its tree of each pass, and what became of it. Engine loop only. */
final class SessionDraft {
    private static final Logger log = LoggerFactory.getLogger(SessionDraft.class);

    /** Most nodes of a tree that grows by cost. */
    private static final int MOST_NODES = 32;

    /** After so many passes without a node that pays, one node is tried. */
    private static final int PROBE = 64;

    /** Passes without a node that pays, after which drafting counts as switched off. */
    private static final int OFF = 32;

    private final Drafter drafter;
    private final Speculation speculation;
    private final Tally tally;
    private Growth growth = Growth.NONE;
    private @Nullable DraftTree tree;
    private boolean probe;
    private int idlePasses;

    /** Drafting as a request wants it, counted in a tally. */
    SessionDraft(Drafter drafter, Speculation speculation, Tally tally) {
        this.drafter = drafter;
        this.speculation = speculation;
        this.tally = tally;
    }

    /** Most nodes of a tree. */
    int mostNodes() {
        return speculation.auto() ? MOST_NODES : speculation.maxNodes();
    }

    /**
     * Begins the tree of a pass; one that does not grow by cost is complete then.
     *
     * @param empty where nodes go
     * @param forced tokens that the guards leave no alternative to
     */
    void begin(TokenSequence sequence, DraftTree empty, int[] forced) {
        tree = empty;
        growth = Growth.NONE;
        probe = false;
        if (empty.room() == 0) {
            return;
        }
        growth = drafter.grow(sequence, empty);
        int parent = TreeBuilder.ROOT;
        for (int token : forced) {
            parent = parent == TreeBuilder.REFUSED ? parent : empty.add(parent, token, 1);
        }
        if (!speculation.auto()) {
            growth.all();
        } else if (idlePasses % PROBE == PROBE - 1) {
            probe = tryOne();
        }
    }

    /** Adds the best node that is there for nothing. */
    private boolean tryOne() {
        while (growth.price() > 0) {
            growth.forgo();
        }
        return growth.next() > 0 && growth.add();
    }

    /**
     * The tree where it grows by cost, else nothing to grow.
     *
     * @param lanes tokens that a node brings to the pass
     * @param guarded runs what may fail
     */
    Growth growth(int lanes, Consumer<Runnable> guarded) {
        DraftTree growing = tree;
        if (!speculation.auto() || growing == null) {
            return Growth.NONE;
        }
        return new Growth() {
            private boolean failed;

            @Override
            public double next() {
                return failed ? 0 : growth.next();
            }

            @Override
            public int width() {
                return lanes;
            }

            @Override
            public double price() {
                return growth.price();
            }

            @Override
            public void forgo() {
                growth.forgo();
            }

            @Override
            public boolean add() {
                int before = growing.size();
                failed = true;
                guarded.accept(() -> {
                    growth.add();
                    failed = false;
                });
                return growing.size() > before;
            }
        };
    }

    /** Shows the drafter the verified rows, before the sequence goes on. */
    void learn(VerifiedRows rows, int root) {
        if (tree != null) {
            rows.teach(drafter, tree, root);
        }
    }

    /**
     * Counts the tree once it is verified.
     *
     * @param last the last accepted node, or {@link TreeBuilder#ROOT}
     */
    void count(int last) {
        DraftTree verified = tree;
        if (verified == null) {
            return;
        }
        int drafted = 0;
        for (int node = 0; node < verified.size(); node++) {
            if (!verified.source(node).equals(DraftTree.CANDIDATE)) {
                drafted++;
                tally.draft(verified.source(node), verified.leadsTo(node, last));
            }
        }
        idlePasses = drafted == (probe ? 1 : 0) ? idlePasses + 1 : 0;
    }

    /** Whether drafting did not pay in the latest passes. */
    boolean switchedOff() {
        return tally.passes > 0 && idlePasses >= Math.min(tally.passes, OFF);
    }

    /** The choice has ended; a defect in learning from it harms nobody. */
    void finish(TokenSequence sequence) {
        try {
            drafter.finish(sequence);
        } catch (RuntimeException e) {
            log.error("drafting learns nothing from an answer of {} tokens", sequence.length(), e);
        }
    }
}
