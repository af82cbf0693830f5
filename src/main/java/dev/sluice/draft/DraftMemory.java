package dev.sluice.draft;

import java.util.Arrays;

/** What drafting has learned from the requests of one tenant. Belongs to the thread of the engine loop. */
public final class DraftMemory {
    private static final int MOST_PROPOSERS = 4;

    private final SuccessorTable successors;
    private final AnswerStore answers;
    private final Calibration[] greedy = calibrations();
    private final Calibration[] sampled = calibrations();
    private final Asking askingGreedy = new Asking();
    private final Asking askingSampled = new Asking();

    /**
     * A memory that begins with a table, which it owns from here on.
     *
     * @param answerBytes most memory of earlier answers; 0 keeps none
     */
    public DraftMemory(SuccessorTable successors, long answerBytes) {
        this.successors = successors;
        this.answers = new AnswerStore(answerBytes);
    }

    private static Calibration[] calibrations() {
        Calibration[] all = new Calibration[MOST_PROPOSERS + 1];
        Arrays.setAll(all, i -> new Calibration());
        return all;
    }

    SuccessorTable successors() {
        return successors;
    }

    AnswerStore answers() {
        return answers;
    }

    /** How the estimates of proposers, by number, come true where choices are greedy or drawn; last the blended. */
    Calibration calibration(int number, boolean drawn) {
        return (drawn ? sampled : greedy)[number];
    }

    /** What asking has been worth where choices are greedy or drawn. */
    Asking asking(boolean drawn) {
        return drawn ? askingSampled : askingGreedy;
    }

    /** Bytes that earlier answers take. Any thread. */
    public long answerBytes() {
        return answers.bytes();
    }
}
