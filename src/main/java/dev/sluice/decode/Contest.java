package dev.sluice.decode;

import dev.sluice.model.TokenMask;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The guards' part of one choice: candidates come in descending order of score; those that are admissible survive in the
 * order of the score left after penalties; the first survivor that the heads accept wins. Used for one choice by one
 * thread.
 */
final class Contest {
    private final Judge judge;
    private final @Nullable TokenMask mask;
    private final Acceptance heads;
    private final ToDoubleFunction<Candidate> probability;
    private final int unedited;
    private final List<Choice.Refusal> masked;
    /** All that were judged, in the order of the ranking. */
    private final List<Candidate> judged = new ArrayList<>();
    /** Those that are admissible and have not survived yet, the best first. */
    private final PriorityQueue<Candidate> admitted = new PriorityQueue<>(
            Comparator.comparingDouble((Candidate c) -> -c.score()).thenComparingInt(Candidate::order));

    private final Map<Candidate, RuleId> rejected = new HashMap<>();
    private final List<Integer> pending = new ArrayList<>();
    private int survivors;
    private double mass;
    private @Nullable Candidate first;
    private @Nullable Candidate last;
    private @Nullable Candidate winner;

    /** How a round ended. */
    enum Outcome {
        /** There is a winner, or the choice hangs on candidates that the heads do not know yet. */
        DECIDED,
        /** All candidates were refused. */
        EXHAUSTED,
        /** A token that is not in sight might rank next. */
        UNPROVEN
    }

    /**
     * A token that was judged.
     *
     * @param rank its score before penalties
     * @param score what penalties left of it
     * @param verdict of the guards
     * @param order place in the ranking
     */
    record Candidate(int token, double rank, double score, Verdict verdict, int order) {}

    /**
     * A contest at a prefix where {@code unedited} would win without guards.
     *
     * @param heads walk the survivors
     * @param probability of a survivor in the request's own distribution; asked only if there are heads
     */
    Contest(
            Judge judge,
            @Nullable TokenMask mask,
            int unedited,
            Acceptance heads,
            ToDoubleFunction<Candidate> probability) {
        this.judge = judge;
        this.mask = mask;
        this.unedited = unedited;
        this.heads = heads;
        this.probability = probability;
        this.masked =
                forbids(unedited) ? List.of(new Choice.Refusal(unedited, masked(judge.judge(unedited)))) : List.of();
    }

    /** Whether the mask keeps a token out of the contest. */
    boolean forbids(int token) {
        return mask != null && token != Choice.NONE && mask.forbids(token);
    }

    /**
     * Goes through candidates that the mask does not forbid.
     *
     * @param ranking candidates by score, consumed
     * @param unseen no candidate outside the ranking scores above this; −∞ if there is none
     */
    Outcome run(Ranking ranking, double unseen) {
        while (true) {
            Candidate best = admitted.peek();
            while (best == null || Math.max(ranking.score(), unseen) > best.score()) {
                if (ranking.isEmpty() ? unseen > Double.NEGATIVE_INFINITY : ranking.score() <= unseen) {
                    return Outcome.UNPROVEN;
                }
                if (ranking.isEmpty()) {
                    return first == null ? Outcome.EXHAUSTED : lastResort();
                }
                judge(ranking);
                best = admitted.peek();
            }
            if (decides(admitted.remove())) {
                return Outcome.DECIDED;
            }
        }
    }

    private void judge(Ranking ranking) {
        double rank = ranking.score();
        int token = ranking.pop();
        Verdict verdict = judge.judge(token);
        Candidate candidate = new Candidate(token, rank, rank - nats(verdict), verdict, judged.size());
        judged.add(candidate);
        if (!(verdict instanceof Verdict.Reject)) {
            admitted.add(candidate);
        }
    }

    /** Takes the next survivor to the heads; whether that ends the contest. */
    private boolean decides(Candidate next) {
        if (heads == Acceptance.NONE || next.verdict() instanceof Verdict.Rewind) {
            // Where the order comes to a completed match, generation goes back, whatever the heads think of it.
            winner = pending.isEmpty() ? next : null;
            return true;
        }
        double share = probability.applyAsDouble(next);
        survivors++;
        if (survivors == 1 && (heads.most() == 1 || share >= heads.mass())) {
            winner = next;
            return true;
        }
        first = first == null ? next : first;
        last = next;
        mass += share;
        Acceptance.Answer answer = heads.ask(next.token());
        RuleId rule = answer.rejectedBy();
        if (!answer.known()) {
            pending.add(next.token());
        } else if (rule != null) {
            rejected.put(next, rule);
        } else {
            winner = pending.isEmpty() ? next : null;
            return true;
        }
        if (pending.size() >= heads.unknowns() || survivors >= heads.most() || mass >= heads.mass()) {
            lastResort();
            return true;
        }
        return false;
    }

    /** No further candidate is considered: what is pending has to be run, or all were rejected. */
    private Outcome lastResort() {
        if (pending.isEmpty()) {
            winner = heads.lastResortIsLast() ? last : first;
        }
        return Outcome.DECIDED;
    }

    /** The choice: the winner, candidates to run, or a dead end. */
    Choice result() {
        List<Choice.Refusal> refused = new ArrayList<>(masked);
        for (Candidate other : judged) {
            if (winner == null ? other.verdict() instanceof Verdict.Reject : isBefore(other, winner)) {
                refused.add(new Choice.Refusal(other.token(), lostTo(other)));
            }
        }
        return winner == null
                ? new Choice(Choice.NONE, Verdict.ACCEPT, unedited, List.copyOf(refused), List.copyOf(pending))
                : new Choice(winner.token(), winner.verdict(), unedited, List.copyOf(refused), List.of());
    }

    /** Whether another candidate would have been before the winner, but for guards and heads. */
    private static boolean isBefore(Candidate other, Candidate winner) {
        return other.order() < winner.order() || (other.order() > winner.order() && other.rank() > winner.score());
    }

    /** What a candidate lost to. */
    private Verdict lostTo(Candidate loser) {
        RuleId head = rejected.get(loser);
        if (head != null) {
            return new Verdict.Reject(head, "head");
        }
        return loser.verdict() instanceof Verdict.Rewind rewind
                ? new Verdict.Penalize(rewind.nats(), rewind.rule())
                : loser.verdict();
    }

    private static double nats(Verdict verdict) {
        if (verdict instanceof Verdict.Penalize penalize) {
            return penalize.nats();
        }
        return verdict instanceof Verdict.Rewind rewind ? rewind.nats() : 0;
    }

    /** The judge knows the rule behind a mask; a kind more telling than {@code reject} is kept. */
    private static Verdict masked(Verdict verdict) {
        if (verdict instanceof Verdict.Reject reject) {
            return reject.kind().equals("reject") ? new Verdict.Reject(reject.rule(), "mask") : reject;
        }
        throw new IllegalStateException("a mask forbids a token that its own hook's judge does not reject: " + verdict);
    }
}
