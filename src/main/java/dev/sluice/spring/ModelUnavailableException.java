package dev.sluice.spring;

/** The model could not be loaded; the cause says why. */
public final class ModelUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Wraps what went wrong, keeping its message. */
    public ModelUnavailableException(Throwable cause) {
        super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
    }
}
