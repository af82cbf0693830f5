package dev.sluice.server.bench;

import java.util.Locale;

/** How a prompt is answered. */
enum Mode {
    /** A token a pass, without policies. */
    PLAIN,
    /** With drafts. */
    SPECULATIVE,
    /** With the policy of {@link Guard}. */
    GUARDED,
    /** With drafts and the policy. */
    BOTH,
    /** By the other engine, plain. */
    PEER;

    /** Whether drafts are made. */
    boolean speculative() {
        return this == SPECULATIVE || this == BOTH;
    }

    /** Whether the policy applies. */
    boolean guarded() {
        return this == GUARDED || this == BOTH;
    }

    /** The name in JSON. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The name for people. */
    String text() {
        return switch (this) {
            case BOTH -> "guarded + speculative";
            case PEER -> "peer, plain";
            default -> key();
        };
    }
}
