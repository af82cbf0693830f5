package dev.sluice.model;

import java.nio.file.Path;

/** A model file, or folder, that cannot be used: what is wrong with it, where, and what to do; with a stable code. */
public final class ModelFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Code code;
    private final transient Path file;

    /** What is wrong with the file. */
    public enum Code {
        /** It cannot be opened or read. */
        UNREADABLE("model-file.unreadable"),
        /** It is of another format. */
        NOT_GGUF("model-file.not-gguf"),
        /** It is of a version of the format that is not read. */
        UNSUPPORTED_VERSION("model-file.unsupported-version"),
        /** It ends before what its header announces. */
        TRUNCATED("model-file.truncated"),
        /** It contradicts the format or exceeds a bound. */
        MALFORMED("model-file.malformed"),
        /** A tensor is stored in a type that is not read. */
        UNSUPPORTED_TYPE("model-file.unsupported-type"),
        /** A metadata entry that the model needs is missing or of another type. */
        METADATA("model-file.metadata"),
        /** The model is of a family that is not supported. */
        UNSUPPORTED_ARCHITECTURE("model-file.unsupported-architecture"),
        /** A tensor that the model needs is missing or has another shape. */
        TENSOR("model-file.tensor");

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
     * Says what is wrong with a file.
     *
     * @param message what, bound, given, next step; the file's name is put before it
     */
    public ModelFileException(Code code, Path file, String message) {
        super("model file " + file + ": " + message);
        this.code = code;
        this.file = file;
    }

    /** As above, with what caused it. */
    public ModelFileException(Code code, Path file, String message, Throwable cause) {
        super("model file " + file + ": " + message, cause);
        this.code = code;
        this.file = file;
    }

    /** The stable code. */
    public Code code() {
        return code;
    }

    /** The file at fault. */
    public Path file() {
        return file;
    }
}
