package dev.sluice.engine;

import java.util.Map;
import java.util.TreeMap;

/** Counts of one choice, kept by its session. */
final class Tally {
    /** Target passes that decoded. */
    int passes;

    /** Draft tokens verified. */
    int drafted;

    /** Draft tokens accepted. */
    int accepted;

    /** What each drafter had verified and accepted, by its name. */
    final Map<String, Report.Share> shares = new TreeMap<>();

    /** Tokens emitted, those that a rewind took back included. */
    int emitted;

    /** Rewinds. */
    int rewinds;

    /** Counts a verified draft token. */
    void draft(String drafter, boolean wasAccepted) {
        drafted++;
        accepted += wasAccepted ? 1 : 0;
        shares.merge(drafter, new Report.Share(1, wasAccepted ? 1 : 0), Report.Share::plus);
    }
}
