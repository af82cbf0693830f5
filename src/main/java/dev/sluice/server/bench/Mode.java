package dev.sluice.server.bench;

import java.util.Locale;

/** How a prompt is answered. */
enum Mode {
    PLAIN,
    SPECULATIVE,
    GUARDED,
    BOTH,
    /** By the other engine, plain. */
    PEER;

    boolean speculative() {
        return this == SPECULATIVE || this == BOTH;
    }

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
