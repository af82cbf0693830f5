package dev.sluice.engine;

import dev.sluice.hook.HookFailedException;
import org.jspecify.annotations.Nullable;

/** A request that cannot be served, with a stable code that the edges map to a status. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Code code;
    private final @Nullable String parameter;

    /** What went wrong, and whose fault it is. */
    public enum Code {
        /** The queue is full: try again later. 429. */
        QUEUE_FULL,
        /** The deadline passed. 504. */
        DEADLINE_EXCEEDED,
        /** Prompt and answer do not fit the context. 400. */
        CONTEXT_EXCEEDED,
        /** The request names a policy that is not there. 400. */
        UNKNOWN_POLICY,
        /** The request names a drafter that is not there. 400. */
        UNKNOWN_DRAFTER,
        /** A value is out of its range. 400. */
        INVALID_VALUE,
        /** The engine is closed or closing. 503. */
        SHUTTING_DOWN,
        /** A rule could not be asked, and its policy would rather end the request than let it go on unguarded. 500. */
        GUARD_FAILED,
        /** Ours: a defect. 500. */
        INTERNAL
    }

    /** The error of a request whose guards could not be asked. */
    static EngineException of(HookFailedException failure) {
        return new EngineException(Code.GUARD_FAILED, null, failure.getMessage() + "; try again later");
    }

    /**
     * An error with its code.
     *
     * @param parameter the request field at fault, or null
     * @param message what, bound, given, next step; never text of a prompt or an answer
     */
    public EngineException(Code code, @Nullable String parameter, String message) {
        super(message);
        this.code = code;
        this.parameter = parameter;
    }

    /** The stable code. */
    public Code code() {
        return code;
    }

    /** The request field at fault, or null. */
    public @Nullable String parameter() {
        return parameter;
    }
}
