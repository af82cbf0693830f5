package dev.sluice.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Draws that put the real law through every order of the tokens, or every winner, with its exact probability. */
final class ScriptedDraws {
    /** Short lists, so that proofs and whole rows are both exercised. */
    private static final int BEST = 2;

    private static final Map<Integer, List<int[]>> PERMUTATIONS = new ConcurrentHashMap<>();

    private ScriptedDraws() {}

    /** Noise with given values; those above the median are announced, the others bounded. */
    record ScriptedNoise(double[] noise, int[] tokens, double[] values, double bound) implements Noise {
        static ScriptedNoise of(double[] noise) {
            double[] sorted = noise.clone();
            Arrays.sort(sorted);
            double bound = sorted[sorted.length / 2];
            int[] tokens = IntStream.range(0, noise.length)
                    .filter(token -> noise[token] > bound)
                    .toArray();
            double[] values =
                    Arrays.stream(tokens).mapToDouble(token -> noise[token]).toArray();
            return new ScriptedNoise(noise, tokens, values, bound);
        }

        @Override
        public double of(int token) {
            return noise[token];
        }
    }

    /**
     * Every order of the tokens by score, each with its probability under Gumbel noise (Plackett and Luce); one
     * independent order a choice. Orders in which the law chooses alike are one option.
     */
    static ToyDecoder.Draw orders(Enumeration.Script script) {
        return (law, key, raw, query, judge) -> {
            float[] scaled = law.edits().apply(raw, query.apply(Noise.NONE));
            Map<Choice, Double> outcomes = new LinkedHashMap<>();
            for (int[] order : permutations(raw.length)) {
                Noise noise = realise(order, scaled);
                Choice choice = ToyDecoder.choose(law, noise, BEST, raw, query, judge);
                outcomes.merge(choice, probability(order, scaled), Double::sum);
            }
            return pick(script, outcomes);
        };
    }

    /** One order a key, the same whenever the key comes again; for logits that do not depend on the prefix. */
    static ToyDecoder.Draw ordersByKey(Enumeration.Script script) {
        Map<Long, int[]> orders = new HashMap<>();
        return (law, key, raw, query, judge) -> {
            float[] scaled = law.edits().apply(raw, query.apply(Noise.NONE));
            int[] order = orders.computeIfAbsent(key, absent -> {
                List<int[]> all = permutations(raw.length);
                double[] weights = all.stream()
                        .mapToDouble(one -> probability(one, scaled))
                        .toArray();
                return all.get(script.choose(weights));
            });
            return ToyDecoder.choose(law, realise(order, scaled), BEST, raw, query, judge);
        };
    }

    /**
     * Every winner by score less penalty, with its probability, each under noise drawn given that it wins; for laws
     * without truncation. Right only if the law chooses that winner whatever the rest of the noise.
     */
    static ToyDecoder.Draw winners(Enumeration.Script script) {
        int replicates = 6;
        return (law, key, raw, query, judge) -> {
            float[] scaled = law.edits().apply(raw, query.apply(Noise.NONE));
            double[] location = new double[raw.length];
            double sum = 0;
            for (int token = 0; token < raw.length; token++) {
                Verdict verdict = judge.judge(token);
                location[token] = verdict instanceof Verdict.Reject
                        ? Double.NEGATIVE_INFINITY
                        : scaled[token] - (verdict instanceof Verdict.Penalize penalize ? penalize.nats() : 0);
                sum += Math.exp(location[token]);
            }
            Map<Choice, Double> outcomes = new LinkedHashMap<>();
            for (int winner = 0; winner < raw.length; winner++) {
                for (int replicate = 0; replicate < replicates && location[winner] > -1e300; replicate++) {
                    double top = Math.log(sum) + KeyedNoise.gumbel(replicate, key, -1 - winner);
                    double[] noise = new double[raw.length];
                    for (int token = 0; token < raw.length; token++) {
                        double free = KeyedNoise.gumbel(replicate, 31 * key + winner, token);
                        double below = -Math.log(Math.exp(-top) + Math.exp(-(location[token] + free)));
                        noise[token] = location[token] == Double.NEGATIVE_INFINITY
                                ? free
                                : (token == winner ? top : below) - location[token];
                    }
                    Choice choice = ToyDecoder.choose(law, ScriptedNoise.of(noise), BEST, raw, query, judge);
                    outcomes.merge(choice, Math.exp(location[winner]) / sum / replicates, Double::sum);
                }
            }
            return pick(script, outcomes);
        };
    }

    /** Merges choices by what is emitted, then takes one. */
    private static Choice pick(Enumeration.Script script, Map<Choice, Double> outcomes) {
        Map<List<Object>, Choice> representatives = new LinkedHashMap<>();
        Map<List<Object>, Double> weights = new LinkedHashMap<>();
        outcomes.forEach((choice, weight) -> {
            List<Object> emitted = List.of(choice.token(), choice.verdict(), choice.token() == choice.unedited());
            representatives.putIfAbsent(emitted, choice);
            weights.merge(emitted, weight, Double::sum);
        });
        int option = script.choose(
                weights.values().stream().mapToDouble(Double::doubleValue).toArray());
        return new ArrayList<>(representatives.values()).get(option);
    }

    /** Noise under which the scores have the given order, by wide gaps. */
    static Noise realise(int[] order, float[] scaled) {
        double[] noise = new double[order.length];
        for (int rank = 0; rank < order.length; rank++) {
            double logit = scaled[order[rank]] == Float.NEGATIVE_INFINITY ? 0 : scaled[order[rank]];
            noise[order[rank]] = -100.0 * rank - logit;
        }
        return ScriptedNoise.of(noise);
    }

    /** The probability of an order: tokens drawn one after another in proportion to their weights. */
    static double probability(int[] order, float[] scaled) {
        double probability = 1;
        for (int rank = 0; rank < order.length; rank++) {
            double left = 0;
            for (int later = rank; later < order.length; later++) {
                left += Math.exp(scaled[order[later]]);
            }
            // Tokens that have no weight at all come last, in any order alike.
            probability *= left > 0 ? Math.exp(scaled[order[rank]]) / left : 1.0 / (order.length - rank);
        }
        return probability;
    }

    /** All orders of so many tokens. */
    static List<int[]> permutations(int size) {
        return PERMUTATIONS.computeIfAbsent(size, absent -> {
            List<int[]> all = new ArrayList<>();
            permute(new int[size], 0, new boolean[size], all);
            return all;
        });
    }

    private static void permute(int[] order, int rank, boolean[] used, List<int[]> all) {
        if (rank == order.length) {
            all.add(order.clone());
        }
        for (int token = 0; rank < order.length && token < order.length; token++) {
            if (!used[token]) {
                used[token] = true;
                order[rank] = token;
                permute(order, rank + 1, used, all);
                used[token] = false;
            }
        }
    }
}
