package dev.sluice.model.store;

import org.jspecify.annotations.Nullable;

/** A model file that cannot be had, with a stable code; the message names the file and what to do. */
public final class ModelStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Code code;

    /** What went wrong. */
    public enum Code {
        /** The source string does not parse. */
        SOURCE_INVALID("model-store.source-invalid"),
        /** The package, version, repository, file or path is not there. */
        NOT_FOUND("model-store.not-found"),
        /** The server wants credentials, or other ones. */
        UNAUTHORIZED("model-store.unauthorized"),
        /** No connection, or one that broke more often than it is retried. */
        UNREACHABLE("model-store.unreachable"),
        /** The server was silent for too long, more often than it is retried. */
        TIMEOUT("model-store.timeout"),
        /** The server answered something that is not what was asked for. */
        BAD_ANSWER("model-store.bad-answer"),
        /** The bytes are not those that were promised. */
        HASH_MISMATCH("model-store.hash-mismatch"),
        /** The archive is damaged, lacks the member, or the member is larger than is allowed. */
        ARCHIVE_INVALID("model-store.archive-invalid"),
        /** Too little room under the home directory. */
        NO_SPACE("model-store.no-space"),
        /** A file or directory cannot be read or written. */
        IO("model-store.io"),
        /** The thread was interrupted. */
        INTERRUPTED("model-store.interrupted");

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
     * An error with its code.
     *
     * @param message what, where, and the next step
     * @param cause what was thrown below, or null
     */
    public ModelStoreException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** An error with its code and no cause below it. */
    public ModelStoreException(Code code, String message) {
        this(code, message, null);
    }

    /** The stable code. */
    public Code code() {
        return code;
    }
}
