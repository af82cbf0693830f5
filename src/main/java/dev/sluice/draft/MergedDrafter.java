package dev.sluice.draft;

import java.util.Arrays;
import java.util.List;

/**
 * Several proposers as one drafter: they all claim tokens at every node, and the tree grows by the most probable path of
 * all, whoever claims it.
 *
 * <p>Under the walk the expected number of accepted tokens is the sum of the path probabilities of the tree's nodes, so
 * the best tree of a size is made of the most probable paths. Estimates are calibrated: first each proposer's own, by kind
 * of evidence and depth, then what was blended of them. Every claim at a place that the emitted tokens reach is judged,
 * whether it made a node or not, so that calibration goes on where drafting does not pay.
 */
final class MergedDrafter implements Drafter {
    /** A path less probable than this is never drafted. */
    private static final double LEAST_PATH = 0.02;

    private static final int LEVELS = 16;

    private final Proposer[] proposers;
    private final Calibration[] calibrations;
    private final DraftNoise noise;
    private final int promptLength;
    private final Claims[] claims;
    private final Blend blend = new Blend();
    private final ClaimLog log = new ClaimLog();
    private final Tree tree;
    private int rootLength = -1;
    private int truncations;

    /**
     * Merges proposers.
     *
     * @param proposers in order of preference
     * @param calibrations one a proposer, and one more for what is blended of them; shared as their owner sees fit, on one
     *     thread
     * @param noise the noise of the target's choices; {@link DraftNoise#NONE} where greedy
     * @param promptLength tokens before the answer
     */
    MergedDrafter(List<Proposer> proposers, Calibration[] calibrations, DraftNoise noise, int promptLength) {
        this.proposers = proposers.toArray(Proposer[]::new);
        this.calibrations = calibrations;
        this.noise = noise;
        this.promptLength = promptLength;
        claims = new Claims[this.proposers.length];
        Arrays.setAll(claims, i -> new Claims());
        tree = new Tree();
    }

    @Override
    public String name() {
        return String.join(
                "+", Arrays.stream(proposers).map(Proposer::name).distinct().toList());
    }

    @Override
    public Growth grow(TokenSequence context, TreeBuilder builder) {
        learn(context);
        log.clear();
        rootLength = context.length();
        truncations = context.truncations();
        tree.plant(context, builder);
        return tree;
    }

    /** Judges the claims of the last tree by the tokens that have been emitted since. */
    private void learn(TokenSequence context) {
        if (rootLength < 0 || truncations != context.truncations()) {
            return;
        }
        int node = 0;
        for (int at = rootLength; at < context.length() && node >= 0; at++) {
            int token = context.get(at);
            log.judge(tree.logged[node], tree.logged[node + 1], tree.depths[node], token, calibrations);
            node = tree.child(node, token);
        }
    }

    @Override
    public void observe(int[] tokens, Successors[] successors) {
        for (Proposer proposer : proposers) {
            proposer.observe(tokens, successors);
        }
    }

    @Override
    public void finish(TokenSequence context) {
        for (Proposer proposer : proposers) {
            proposer.finish(context);
        }
    }

    /** The nodes of the tree, the root first, with each proposer's place at each. */
    private final class Tree implements Growth {
        private final Sprouts sprouts = new Sprouts();
        private TreeBuilder builder = new NoTree();
        private int size;
        private int[] indices = new int[8];
        private int[] tokens = new int[8];
        private int[] parents = new int[8];
        private int[] depths = new int[8];

        /** Where each node's claims begin in the log; those of the last end at its size. */
        private int[] logged = new int[9];

        private long[] places = new long[8 * proposers.length];

        void plant(TokenSequence context, TreeBuilder into) {
            builder = into;
            sprouts.clear();
            size = 0;
            int root = node(TreeBuilder.ROOT, -1, -1, 0);
            for (int i = 0; i < proposers.length; i++) {
                places[i] = proposers[i].root(context);
            }
            expand(root, 1);
        }

        @Override
        public double next() {
            return builder.room() == 0 ? 0 : sprouts.best();
        }

        @Override
        public boolean add() {
            int sprout = sprouts.pop();
            int parent = sprouts.parent(sprout);
            int token = sprouts.token(sprout);
            int room = builder.room();
            int index = builder.add(
                    indices[parent], token, sprouts.estimate(sprout), proposers[sprouts.source(sprout)].name());
            if (index == TreeBuilder.REFUSED) {
                return false;
            }
            int node = node(index, token, parent, depths[parent] + 1);
            for (int i = 0; i < proposers.length; i++) {
                long place = places[parent * proposers.length + i];
                places[node * proposers.length + i] =
                        place == Proposer.NOWHERE ? Proposer.NOWHERE : proposers[i].after(place, token);
            }
            expand(node, sprouts.path(sprout));
            return builder.room() < room;
        }

        private void expand(int node, double path) {
            int depth = depths[node];
            for (int i = 0; i < proposers.length; i++) {
                claims[i].clear();
                if (places[node * proposers.length + i] != Proposer.NOWHERE) {
                    claim(node, i, depth);
                }
            }
            blend.of(claims);
            if (noise != DraftNoise.NONE) {
                blend.couple(noise, rootLength - promptLength + depth);
            }
            Calibration merged = calibrations[proposers.length];
            for (int i = 0; i < blend.size; i++) {
                double estimate = blend.estimates[i];
                int kind = Math.min(LEVELS - 1, (int) (estimate * LEVELS));
                log.add(proposers.length, blend.tokens[i], kind, estimate);
                double calibrated = merged.of(depth, kind, estimate);
                if (path * calibrated >= LEAST_PATH) {
                    sprouts.add(node, blend.tokens[i], calibrated, path * calibrated, blend.sources[i]);
                }
            }
            logged[node + 1] = log.size();
        }

        private void claim(int node, int proposer, int depth) {
            Claims of = claims[proposer];
            proposers[proposer].claim(places[node * proposers.length + proposer], of);
            for (int i = 0; i < of.size; i++) {
                log.add(proposer, of.tokens[i], of.kinds[i], of.estimates[i]);
                of.estimates[i] = calibrations[proposer].of(depth, of.kinds[i], of.estimates[i]);
            }
        }

        private int node(int index, int token, int parent, int depth) {
            if (size == indices.length) {
                indices = Arrays.copyOf(indices, 2 * size);
                tokens = Arrays.copyOf(tokens, 2 * size);
                parents = Arrays.copyOf(parents, 2 * size);
                depths = Arrays.copyOf(depths, 2 * size);
                logged = Arrays.copyOf(logged, 2 * size + 1);
                places = Arrays.copyOf(places, 2 * size * proposers.length);
            }
            indices[size] = index;
            tokens[size] = token;
            parents[size] = parent;
            depths[size] = depth;
            logged[size] = log.size();
            return size++;
        }

        /** The node below another with a token, or −1. */
        int child(int parent, int token) {
            for (int node = 1; node < size; node++) {
                if (parents[node] == parent && tokens[node] == token) {
                    return node;
                }
            }
            return -1;
        }
    }

    /** Before the first tree. */
    private static final class NoTree implements TreeBuilder {
        @Override
        public int room() {
            return 0;
        }

        @Override
        public int add(int parent, int token, double probability) {
            return REFUSED;
        }
    }
}
