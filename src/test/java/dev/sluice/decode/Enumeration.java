package dev.sluice.decode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Runs a program with every outcome of its random choices in turn, and adds up the probabilities of what it yields. */
final class Enumeration {
    private Enumeration() {}

    /** All randomness of an enumerated program. */
    static final class Script {
        private final List<Integer> choices;
        private final Deque<List<Integer>> work;
        private int next;
        private double weight = 1;

        private Script(List<Integer> choices, Deque<List<Integer>> work) {
            this.choices = new ArrayList<>(choices);
            this.work = work;
        }

        /** One of the options, each taken with its weight; the weights add up to 1. */
        int choose(double[] weights) {
            if (next == choices.size()) {
                int first = -1;
                for (int option = 0; option < weights.length; option++) {
                    if (weights[option] > 0 && first < 0) {
                        first = option;
                    } else if (weights[option] > 0) {
                        List<Integer> other = new ArrayList<>(choices);
                        other.add(option);
                        work.push(other);
                    }
                }
                choices.add(first);
            }
            int choice = choices.get(next++);
            weight *= weights[choice];
            return choice;
        }
    }

    /** The exact law of what a program yields. */
    static <T> Map<T, Double> law(Function<Script, T> program) {
        Map<T, Double> law = new HashMap<>();
        Deque<List<Integer>> work = new ArrayDeque<>();
        work.push(List.of());
        while (!work.isEmpty()) {
            Script script = new Script(work.pop(), work);
            T outcome = program.apply(script);
            law.merge(outcome, script.weight, Double::sum);
        }
        return law;
    }

    /** Total variation between two laws. */
    static <T> double totalVariation(Map<T, Double> one, Map<T, Double> other) {
        Set<T> outcomes = new HashSet<>(one.keySet());
        outcomes.addAll(other.keySet());
        double sum = 0;
        for (T outcome : outcomes) {
            sum += Math.abs(one.getOrDefault(outcome, 0.0) - other.getOrDefault(outcome, 0.0));
        }
        return sum / 2;
    }
}
