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
 *
 * <p>A proposer with a price is asked last: at each node the tree has a place to ask it, which stands for what the best
 * claim there is expected to gain by it. Its answer is blended with the others' as if all had claimed at once.
 */
final class MergedDrafter implements Drafter {
    /** A path less probable than this is never drafted. */
    private static final double LEAST_PATH = 0.02;

    private static final int LEVELS = 16;

    /** In place of a token: to ask those that have a price. */
    private static final int ASK = -1;

    private final Proposer[] proposers;
    private final Calibration[] calibrations;
    private final Asking asking;
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
     * @param asking what asking those that have a price has been worth; shared likewise
     * @param noise the noise of the target's choices; {@link DraftNoise#NONE} where greedy
     * @param promptLength tokens before the answer
     */
    MergedDrafter(
            List<Proposer> proposers, Calibration[] calibrations, Asking asking, DraftNoise noise, int promptLength) {
        this.proposers = proposers.toArray(Proposer[]::new);
        this.calibrations = calibrations;
        this.asking = asking;
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
            log.judge(node, tree.depths[node], token, calibrations);
            if (tree.answers[node] >= 0) {
                asking.learn(tree.depths[node], tree.answers[node] == token);
            }
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
        finish(context, 0);
    }

    /** One that fails keeps no other from what it has to close. */
    private void finish(TokenSequence context, int from) {
        if (from < proposers.length) {
            try {
                proposers[from].finish(context);
            } finally {
                finish(context, from + 1);
            }
        }
    }

    /** The nodes of the tree, the root first, with each proposer's place at each. */
    private final class Tree implements Growth {
        private final Sprouts sprouts = new Sprouts();
        private TreeBuilder builder = new NoTree();
        private boolean trial;
        private int size;
        private int[] indices = new int[8];
        private int[] tokens = new int[8];
        private int[] parents = new int[8];
        private int[] depths = new int[8];
        private double[] paths = new double[8];

        /** The best token of each node once those with a price were asked, else −1. */
        private int[] answers = new int[8];

        /** Each node's sprouts before this one are no longer true. */
        private int[] current = new int[8];

        private long[] places = new long[8 * proposers.length];

        void plant(TokenSequence context, TreeBuilder into) {
            builder = into;
            sprouts.clear();
            size = 0;
            int root = node(TreeBuilder.ROOT, -1, -1, 0, 1);
            double price = 0;
            for (int i = 0; i < proposers.length; i++) {
                places[i] = proposers[i].root(context);
                price += price(i, root);
            }
            trial = price > 0 && asking.trial();
            expand(root, false);
        }

        @Override
        public double next() {
            while (sprouts.best() > 0 && sprouts.peek() < current[sprouts.parent(sprouts.peek())]) {
                sprouts.pop();
            }
            return builder.room() == 0 ? 0 : sprouts.best();
        }

        @Override
        public double price() {
            if (next() == 0 || sprouts.token(sprouts.peek()) != ASK) {
                return 0;
            }
            int node = sprouts.parent(sprouts.peek());
            double price = 0;
            for (int i = 0; i < proposers.length && !(trial && node == 0); i++) {
                price += price(i, node);
            }
            return price;
        }

        @Override
        public void forgo() {
            sprouts.pop();
        }

        @Override
        public boolean add() {
            int sprout = sprouts.pop();
            int parent = sprouts.parent(sprout);
            int token = sprouts.token(sprout);
            if (token == ASK) {
                ask(parent);
                return false;
            }
            int room = builder.room();
            int index = builder.add(
                    indices[parent], token, sprouts.estimate(sprout), proposers[sprouts.source(sprout)].name());
            if (index == TreeBuilder.REFUSED) {
                return false;
            }
            int node = node(index, token, parent, depths[parent] + 1, sprouts.path(sprout));
            for (int i = 0; i < proposers.length; i++) {
                long place = places[parent * proposers.length + i];
                places[node * proposers.length + i] =
                        place == Proposer.NOWHERE ? Proposer.NOWHERE : proposers[i].after(place, token);
            }
            expand(node, false);
            return builder.room() < room;
        }

        /** Takes the claims of all at a node, in place of those without a price. */
        private void ask(int node) {
            if (node == 0 && !trial) {
                asking.earned();
            }
            current[node] = sprouts.size();
            expand(node, true);
        }

        /**
         * Lets a node sprout.
         *
         * @param asked whether those with a price are to claim; the others have claimed before then
         */
        private void expand(int node, boolean asked) {
            int depth = depths[node];
            double path = paths[node];
            boolean priced = false;
            boolean answered = false;
            for (int i = 0; i < proposers.length; i++) {
                claims[i].clear();
                boolean waits = price(i, node) > 0;
                priced |= waits;
                if (places[node * proposers.length + i] != Proposer.NOWHERE && (asked || !waits)) {
                    claim(node, i, depth, waits == asked);
                    answered |= waits && claims[i].size > 0;
                }
            }
            blend.of(claims);
            if (noise != DraftNoise.NONE) {
                blend.couple(noise, rootLength - promptLength + depth);
            }
            Calibration merged = calibrations[proposers.length];
            double best = 0;
            for (int i = 0; i < blend.size; i++) {
                double estimate = blend.estimates[i];
                int kind = Math.min(LEVELS - 1, (int) (estimate * LEVELS));
                log.add(node, proposers.length, blend.tokens[i], kind, estimate);
                double calibrated = merged.of(depth, kind, estimate);
                if (calibrated > best) {
                    best = calibrated;
                    answers[node] = answered ? blend.tokens[i] : -1;
                }
                if (path * calibrated >= LEAST_PATH && !(asked && child(node, blend.tokens[i]) >= 0)) {
                    sprouts.add(node, blend.tokens[i], calibrated, path * calibrated, blend.sources[i]);
                }
            }
            if (priced && !asked) {
                double gain = trial && node == 0 ? 1 : path * (asking.promise(depth) - best);
                if (gain >= LEAST_PATH) {
                    sprouts.add(node, ASK, 0, gain, 0);
                }
            }
        }

        private double price(int proposer, int node) {
            long place = places[node * proposers.length + proposer];
            return place == Proposer.NOWHERE ? 0 : proposers[proposer].price(place);
        }

        private void claim(int node, int proposer, int depth, boolean first) {
            Claims of = claims[proposer];
            proposers[proposer].claim(places[node * proposers.length + proposer], of);
            for (int i = 0; i < of.size; i++) {
                if (first) {
                    log.add(node, proposer, of.tokens[i], of.kinds[i], of.estimates[i]);
                }
                of.estimates[i] = calibrations[proposer].of(depth, of.kinds[i], of.estimates[i]);
            }
        }

        private int node(int index, int token, int parent, int depth, double path) {
            if (size == indices.length) {
                indices = Arrays.copyOf(indices, 2 * size);
                tokens = Arrays.copyOf(tokens, 2 * size);
                parents = Arrays.copyOf(parents, 2 * size);
                depths = Arrays.copyOf(depths, 2 * size);
                paths = Arrays.copyOf(paths, 2 * size);
                answers = Arrays.copyOf(answers, 2 * size);
                current = Arrays.copyOf(current, 2 * size);
                places = Arrays.copyOf(places, 2 * size * proposers.length);
            }
            indices[size] = index;
            tokens[size] = token;
            parents[size] = parent;
            depths[size] = depth;
            paths[size] = path;
            answers[size] = -1;
            current[size] = 0;
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
