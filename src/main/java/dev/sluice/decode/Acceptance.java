package dev.sluice.decode;

import org.jspecify.annotations.Nullable;

/**
 * Acceptance heads at one prefix, as the law sees them: they walk the candidates that the guards leave over, in order, and the
 * first accepted one wins (MARA, arXiv 2505.19743). Pure, but that an answer may not be known yet.
 */
public interface Acceptance {
    /** No head: the first candidate wins. */
    Acceptance NONE = new Acceptance() {
        @Override
        public Answer ask(int token) {
            return Answer.ACCEPTED;
        }

        @Override
        public int most() {
            return 1;
        }

        @Override
        public double mass() {
            return 1;
        }

        @Override
        public boolean lastResortIsLast() {
            return false;
        }

        @Override
        public int unknowns() {
            return 1;
        }
    };

    /**
     * What is known of a candidate.
     *
     * @param known whether the target model has been run behind the candidate, without which it cannot be judged
     * @param rejectedBy the rule that rejects it, or null
     */
    record Answer(boolean known, @Nullable RuleId rejectedBy) {
        /** All heads accept. */
        public static final Answer ACCEPTED = new Answer(true, null);

        /** The candidate has to be run first. */
        public static final Answer UNKNOWN = new Answer(false, null);
    }

    /** What the heads say of a candidate. */
    Answer ask(int token);

    /** Most candidates of a position. */
    int most();

    /** No further candidate is considered once the probabilities of those before sum to this. */
    double mass();

    /** Whether the last candidate is taken where all are rejected, and not the first. */
    boolean lastResortIsLast();

    /** Candidates to name where the first of them is not known yet. */
    int unknowns();
}
