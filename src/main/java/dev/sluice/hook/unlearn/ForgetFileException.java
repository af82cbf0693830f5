package dev.sluice.hook.unlearn;

/** A forget or retain set that cannot be used. The message holds no text of the file. */
public final class ForgetFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;

    /**
     * Says what is wrong.
     *
     * @param code stable code, such as {@code unlearn.bad-record}
     * @param message what, bound, given, where, next step
     */
    public ForgetFileException(String code, String message) {
        super(message);
        this.code = code;
    }

    /** The stable code. */
    public String code() {
        return code;
    }
}
