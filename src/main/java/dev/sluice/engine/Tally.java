package dev.sluice.engine;

/** Counts of one choice, kept by its session. */
final class Tally {
    /** Target passes that decoded. */
    int passes;

    /** Draft tokens verified. */
    int drafted;

    /** Draft tokens accepted. */
    int accepted;

    /** Tokens emitted, those that a rewind took back included. */
    int emitted;

    /** Rewinds. */
    int rewinds;
}
