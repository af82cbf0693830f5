package dev.sluice.hook.classifier;

/** A classifier that cannot be used: what is wrong with it, where, and what to do; with a stable code. */
public final class ClassifierException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private final Code code;

    /** What is wrong. */
    public enum Code {
        /** There is no such folder. */
        MISSING("classifier.missing"),
        /** A file of the folder cannot be read. */
        UNREADABLE("classifier.unreadable"),
        /** The manifest is no JSON, or holds what it must not. */
        MANIFEST("classifier.manifest"),
        /** The weights are no network of the manifest's sizes. */
        WEIGHTS("classifier.weights"),
        /** A file is not the one that the manifest describes. */
        HASH("classifier.hash"),
        /** It is of another kind than wanted, or was trained for another model. */
        MISMATCH("classifier.mismatch");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * Says what is wrong.
     *
     * @param message what, bound, given, next step
     */
    public ClassifierException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** As above, with what caused it. */
    public ClassifierException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The stable code. */
    public Code code() {
        return code;
    }
}
