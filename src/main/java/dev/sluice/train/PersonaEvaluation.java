package dev.sluice.train;

import java.util.ArrayList;
import java.util.List;

/**
 * What mixing two personas does to answers: for each weight of the first, how probable each persona finds them, and which
 * share of their tokens it alone would not have chosen.
 */
public final class PersonaEvaluation {
    /**
     * One answer.
     *
     * @param prompt index of the prompt
     * @param weight of the first persona
     * @param text the answer
     * @param tokens number of its tokens
     * @param rejected how many of them each persona alone would not have chosen
     * @param score mean log-probability of its tokens by each persona, in nats
     */
    public record Scored(int prompt, double weight, String text, int tokens, int[] rejected, double[] score) {}

    /**
     * The figures of one weight.
     *
     * @param weight of the first persona
     * @param answers how many
     * @param score mean over the answers of each persona's mean log-probability
     * @param rejected share of the tokens that each persona alone would not have chosen
     */
    public record Row(double weight, int answers, double[] score, double[] rejected) {}

    private PersonaEvaluation() {}

    /** The figures, by weight. */
    public static List<Row> rows(List<Scored> answers) {
        List<Row> rows = new ArrayList<>();
        answers.stream().map(Scored::weight).distinct().sorted().forEach(weight -> {
            List<Scored> of =
                    answers.stream().filter(answer -> answer.weight() == weight).toList();
            double[] score = new double[2];
            double[] rejected = new double[2];
            double tokens = of.stream().mapToInt(Scored::tokens).sum();
            for (Scored answer : of) {
                for (int lane = 0; lane < 2; lane++) {
                    score[lane] += answer.score()[lane] / of.size();
                    rejected[lane] += answer.rejected()[lane] / Math.max(1, tokens);
                }
            }
            rows.add(new Row(weight, of.size(), score, rejected));
        });
        return rows;
    }

    /**
     * Whether, the weight of the first persona rising, it finds the answers ever more probable than the other does: the
     * difference of their scores never falls from one row to the next.
     */
    public static boolean isMonotonic(List<Row> rows) {
        for (int i = 1; i < rows.size(); i++) {
            if (difference(rows.get(i)) < difference(rows.get(i - 1))) {
                return false;
            }
        }
        return true;
    }

    /**
     * The share of prompts for which the first persona finds the answer at the highest weight more probable, against the
     * other, than that at the lowest.
     */
    public static double shareThatFollows(List<Scored> answers) {
        double lowest = answers.stream().mapToDouble(Scored::weight).min().orElse(0);
        double highest = answers.stream().mapToDouble(Scored::weight).max().orElse(0);
        List<Scored> low =
                answers.stream().filter(answer -> answer.weight() == lowest).toList();
        long follow = low.stream()
                .filter(one -> answers.stream()
                        .anyMatch(other -> other.weight() == highest
                                && other.prompt() == one.prompt()
                                && other.score()[0] - other.score()[1] > one.score()[0] - one.score()[1]))
                .count();
        return low.isEmpty() ? 0 : (double) follow / low.size();
    }

    private static double difference(Row row) {
        return row.score()[0] - row.score()[1];
    }
}
