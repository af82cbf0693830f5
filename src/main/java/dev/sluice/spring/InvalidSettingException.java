package dev.sluice.spring;

/** A setting that cannot be used: the message says what it must be and what it is. */
public final class InvalidSettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error about one setting.
     *
     * @param name the full name, such as {@code sluice.draft.max-nodes}
     * @param bound what it must be, such as {@code 0 to 64}
     * @param given its value
     */
    public InvalidSettingException(String name, String bound, Object given) {
        super(name + " must be " + bound + ", but is " + given);
    }

    /**
     * An error about the settings as a whole.
     *
     * @param message what is wrong and what to do
     */
    public InvalidSettingException(String message) {
        super(message);
    }
}
