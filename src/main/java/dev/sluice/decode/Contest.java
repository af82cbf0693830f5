package dev.sluice.decode;

import dev.sluice.model.TokenMask;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guards' part of one choice: candidates come in descending order of score, and the first admissible one with the
 * best score left after penalties wins. Used for one choice by one thread.
 */
final class Contest {
    private final Judge judge;
    private final @Nullable TokenMask mask;
    private final int unedited;
    private final List<Choice.Refusal> refused = new ArrayList<>();
    private int winner = Choice.NONE;
    private double winningScore;
    private Verdict winningVerdict = Verdict.ACCEPT;

    /** How a round ended. */
    enum Outcome {
        /** There is a winner. */
        WON,
        /** All candidates were refused. */
        EXHAUSTED,
        /** A token that is not in sight might rank next. */
        UNPROVEN
    }

    /** A contest at a prefix where {@code unedited} would win without guards. */
    Contest(Judge judge, @Nullable TokenMask mask, int unedited) {
        this.judge = judge;
        this.mask = mask;
        this.unedited = unedited;
        if (forbids(unedited)) {
            refused.add(new Choice.Refusal(unedited, masked(judge.judge(unedited))));
        }
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
        while (winner == Choice.NONE || Math.max(ranking.score(), unseen) > winningScore) {
            if (ranking.isEmpty() ? unseen > Double.NEGATIVE_INFINITY : ranking.score() <= unseen) {
                return Outcome.UNPROVEN;
            }
            if (ranking.isEmpty()) {
                return Outcome.EXHAUSTED;
            }
            double score = ranking.score();
            int token = ranking.pop();
            Verdict verdict = judge.judge(token);
            if (verdict instanceof Verdict.Reject) {
                refused.add(new Choice.Refusal(token, verdict));
            } else {
                admit(token, verdict, score - nats(verdict));
            }
        }
        return Outcome.WON;
    }

    /** The choice: the winner, or a dead end if there is none. */
    Choice result() {
        return new Choice(winner, winningVerdict, unedited, List.copyOf(refused));
    }

    private void admit(int token, Verdict verdict, double score) {
        if (winner != Choice.NONE && score <= winningScore) {
            refused.add(new Choice.Refusal(token, penalty(verdict)));
            return;
        }
        if (winner != Choice.NONE) {
            refused.add(new Choice.Refusal(winner, penalty(winningVerdict)));
        }
        winner = token;
        winningScore = score;
        winningVerdict = verdict;
    }

    private static double nats(Verdict verdict) {
        if (verdict instanceof Verdict.Penalize penalize) {
            return penalize.nats();
        }
        return verdict instanceof Verdict.Rewind rewind ? rewind.nats() : 0;
    }

    /** What a candidate that was outweighed lost to. */
    private static Verdict penalty(Verdict verdict) {
        return verdict instanceof Verdict.Rewind rewind ? new Verdict.Penalize(rewind.nats(), rewind.rule()) : verdict;
    }

    /** The judge knows the rule behind a mask; a kind more telling than {@code reject} is kept. */
    private static Verdict masked(Verdict verdict) {
        if (verdict instanceof Verdict.Reject reject) {
            return reject.kind().equals("reject") ? new Verdict.Reject(reject.rule(), "mask") : reject;
        }
        throw new IllegalStateException("a mask forbids a token that its own hook's judge does not reject: " + verdict);
    }
}
