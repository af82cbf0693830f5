package dev.sluice.token;

import org.jspecify.annotations.Nullable;

/** A description of a tokenizer, or a chat template, that cannot be used. */
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Code code;

    /** What is wrong. */
    public enum Code {
        /** The tokenizer contradicts itself: duplicate names, merges of tokens that are not there. */
        TOKENIZER_INVALID("tokenizer.invalid"),
        /** The tokenizer is of a kind that is not implemented. */
        TOKENIZER_UNSUPPORTED("tokenizer.unsupported"),
        /** The template does not parse, or makes control tokens in a way that cannot be kept apart from text. */
        TEMPLATE_INVALID("chat-template.invalid"),
        /** The template refuses these messages. */
        TEMPLATE_REFUSED("chat-template.refused"),
        /** Rendering takes more steps, or makes more text, than is allowed. */
        TEMPLATE_TOO_COSTLY("chat-template.too-costly");

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
     * @param message what is wrong and what to do; never text of a message
     * @param cause what was thrown below, or null
     */
    public TokenizerException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** An error with its code and no cause below it. */
    public TokenizerException(Code code, String message) {
        this(code, message, null);
    }

    /** The stable code. */
    public Code code() {
        return code;
    }
}
