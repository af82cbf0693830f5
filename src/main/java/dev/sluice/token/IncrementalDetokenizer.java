package dev.sluice.token;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tokens to text, token by token, never half a character: the bytes of one that is not complete are held.
 *
 * <p>What {@link #append} and at last {@link #flush} return is, put together, what decoding all tokens at once returns, with
 * U+FFFD in the same places. At most three bytes are ever held. One sequence, one thread; {@link #copy} forks it.
 */
public final class IncrementalDetokenizer {
    private static final byte[] NOTHING = new byte[0];

    private final Vocabulary vocabulary;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = NOTHING;

    /** Begins a sequence. */
    public IncrementalDetokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The text that is certain now that this token has come; empty for a control token, or while a character is incomplete. */
    public String append(int token) {
        byte[] bytes = vocabulary.bytes(token);
        return bytes.length == 0 ? "" : decode(bytes, false);
    }

    /** The end: what is held can no longer become a character and is U+FFFD. A new sequence may follow. */
    public String flush() {
        return held.length == 0 ? "" : decode(NOTHING, true);
    }

    /** Number of bytes held, 0 to 3: they belong to text that {@link #append} has not returned. */
    public int held() {
        return held.length;
    }

    /** Another detokenizer at the same place. */
    public IncrementalDetokenizer copy() {
        IncrementalDetokenizer copy = new IncrementalDetokenizer(vocabulary);
        copy.held = held;
        return copy;
    }

    private String decode(byte[] bytes, boolean last) {
        byte[] all = bytes;
        if (held.length > 0) {
            all = Arrays.copyOf(held, held.length + bytes.length);
            System.arraycopy(bytes, 0, all, held.length, bytes.length);
        }
        ByteBuffer in = ByteBuffer.wrap(all);
        CharBuffer out = CharBuffer.allocate(all.length);
        decoder.reset();
        decoder.decode(in, out, last);
        held = in.hasRemaining() ? Arrays.copyOfRange(all, in.position(), all.length) : NOTHING;
        return out.flip().toString();
    }
}
