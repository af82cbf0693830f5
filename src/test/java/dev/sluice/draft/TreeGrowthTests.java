package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.TestTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** Trees of several sessions, grown together, against the naive choice among all paths there are. */
class TreeGrowthTests {
    private static final int ROUNDS = "thorough".equals(System.getProperty("sluice.tests.scale")) ? 4_000 : 300;
    private static final int DEEPEST = 4;

    /** Claims that are a function of the path, drawn by a seed. */
    private record Scripted(String name, long seed) implements Proposer {
        @Override
        public long root(TokenSequence context) {
            return seed & 0xFFFFFF;
        }

        @Override
        public long after(long place, int token) {
            long depth = (place >>> 40) + 1;
            return depth == DEEPEST ? NOWHERE : (depth << 40) + (place * 31 + token * 7_919L) % (1L << 24);
        }

        @Override
        public void claim(long place, Claims claims) {
            Random random = new Random(place * 7 + seed);
            List<Integer> tokens = new ArrayList<>(List.of(0, 1, 2, 3, 4));
            Collections.shuffle(tokens, random);
            double rest = random.nextDouble();
            for (int i = random.nextInt(4); i > 0; i--) {
                double part = rest * random.nextDouble();
                claims.add(tokens.get(i), part, 0);
                rest -= part;
            }
        }

        @Override
        public void observe(int[] tokens, Successors[] successors) {}

        @Override
        public void finish(TokenSequence context) {}
    }

    /** A node of a naive tree: session, path, probability of the path. */
    private record Node(int session, List<Integer> path, double probability) {}

    private static Map<Integer, Double> blend(List<Proposer> proposers, List<Long> places) {
        List<Map<Integer, Double>> claimed = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            Map<Integer, Double> one = new LinkedHashMap<>();
            if (places.get(i) != Proposer.NOWHERE) {
                Claims claims = new Claims();
                proposers.get(i).claim(places.get(i), claims);
                for (int j = 0; j < claims.size; j++) {
                    one.put(claims.tokens[j], Math.min(0.97, claims.estimates[j]));
                }
            }
            claimed.add(one);
        }
        Map<Integer, Double> blended = new LinkedHashMap<>();
        double rest = 1;
        for (Map<Integer, Double> one : claimed) {
            double mass = one.values().stream().mapToDouble(p -> p).sum();
            double scale = rest * Math.min(1, 0.98 / Math.max(mass, 1e-9));
            one.forEach((token, p) -> blended.merge(token, scale * p, Double::sum));
            rest -= scale * mass;
        }
        return blended;
    }

    private static void all(
            int session,
            List<Proposer> proposers,
            List<Long> places,
            List<Integer> path,
            double probability,
            BiPredicate<List<Integer>, Integer> admits,
            List<Node> into) {
        blend(proposers, places).forEach((token, p) -> {
            double here = probability * Math.min(0.97, p);
            if (here >= 0.02 && admits.test(path, token)) {
                List<Integer> longer = new ArrayList<>(path);
                longer.add(token);
                into.add(new Node(session, longer, here));
                List<Long> next = new ArrayList<>();
                for (int i = 0; i < places.size(); i++) {
                    next.add(
                            places.get(i) == Proposer.NOWHERE
                                    ? Proposer.NOWHERE
                                    : proposers.get(i).after(places.get(i), token));
                }
                all(session, proposers, next, longer, here, admits, into);
            }
        });
    }

    @Test
    void trees_hold_the_most_probable_paths_of_all_sessions_as_long_as_they_pay() {
        long seed = Long.getLong("sluice.tests.seed", 5);
        Random random = new Random(seed);
        int grown = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int sessions = 1 + random.nextInt(3);
            int budget = 1 + random.nextInt(10);
            long[] curve = new long[6];
            long time = 1_000;
            for (int i = 0; i < curve.length; i++) {
                curve[i] = time;
                time += (random.nextInt(3) == 0 ? 300 : random.nextInt(40)) * (long) (1 << i);
            }
            PassCosts costs = new PassCosts(curve);
            BiPredicate<List<Integer>, Integer> admits = (path, token) -> (path.size() + token) % 4 != 3;
            List<Growth> growths = new ArrayList<>();
            List<TestTree> trees = new ArrayList<>();
            List<Node> nodes = new ArrayList<>();
            for (int session = 0; session < sessions; session++) {
                List<Proposer> proposers = new ArrayList<>();
                for (int i = random.nextInt(3); i >= 0; i--) {
                    proposers.add(new Scripted("p" + i, random.nextInt()));
                }
                Calibration[] neutral = new Calibration[proposers.size() + 1];
                Arrays.setAll(neutral, i -> new Calibration(1));
                TestTree tree = new TestTree(budget, admits);
                TokenSequence context = new TokenSequence(new int[] {0});
                growths.add(
                        new MergedDrafter(proposers, neutral, new Asking(), DraftNoise.NONE, 0).grow(context, tree));
                trees.add(tree);
                List<Long> places = proposers.stream().map(p -> p.root(context)).toList();
                all(session, proposers, places, List.of(), 1, admits, nodes);
            }
            TreePlanner.plan(growths, sessions, sessions, sessions, costs);
            List<List<List<Integer>>> expected = naive(nodes, sessions, budget, costs);
            for (int session = 0; session < sessions; session++) {
                TestTree tree = trees.get(session);
                List<List<Integer>> paths = new ArrayList<>();
                for (int node = 0; node < tree.tree().size(); node++) {
                    paths.add(tree.path(node));
                }
                assertThat(paths)
                        .as("seed %d round %d session %d", seed, round, session)
                        .containsExactlyInAnyOrderElementsOf(expected.get(session));
                grown += paths.size();
            }
        }
        assertThat(grown).isGreaterThan(2 * ROUNDS);
    }

    private static List<List<List<Integer>>> naive(List<Node> nodes, int sessions, int budget, PassCosts costs) {
        List<Node> sorted = new ArrayList<>(nodes);
        sorted.sort(Comparator.comparingDouble((Node node) -> -node.probability()));
        List<List<List<Integer>>> chosen = new ArrayList<>();
        for (int session = 0; session < sessions; session++) {
            chosen.add(new ArrayList<>());
        }
        double yield = sessions;
        int tokens = sessions;
        for (Node node : sorted) {
            List<List<Integer>> tree = chosen.get(node.session());
            List<Integer> parent = node.path().subList(0, node.path().size() - 1);
            if (tree.size() == budget || (!parent.isEmpty() && !tree.contains(parent))) {
                continue;
            }
            double now = costs.time(tokens, sessions);
            double then = costs.time(tokens + 1, sessions);
            if ((yield + node.probability()) / then <= yield / now) {
                break;
            }
            tree.add(node.path());
            yield += node.probability();
            tokens++;
        }
        return chosen;
    }

    @Test
    void nothing_is_drafted_where_nothing_pays() {
        PassCosts dear = new PassCosts(new long[] {1, 2, 4, 8, 16, 32});
        TestTree tree = new TestTree(8, (path, token) -> true);
        Drafter drafter = new MergedDrafter(
                List.of(new Scripted("p", 9)),
                new Calibration[] {new Calibration(1), new Calibration(1)},
                new Asking(),
                DraftNoise.NONE,
                0);
        Growth growth = drafter.grow(new TokenSequence(new int[] {0}), tree);
        assertThat(growth.next()).isPositive();
        TreePlanner.plan(List.of(growth), 1, 1, 1, dear);
        assertThat(tree.tree().size()).isZero();
    }
}
