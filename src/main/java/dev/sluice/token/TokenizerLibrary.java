package dev.sluice.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sluice.token.TokenizerException.Code;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The Hugging Face library over one {@code tokenizer.json}, without padding, truncation and tokens that frame a text.
 *
 * <p>Thread-safe. Owns native memory until closed; closing waits for running calls.
 */
final class TokenizerLibrary implements AutoCloseable {
    private static final Map<String, String> OPTIONS = Map.of(
            "addSpecialTokens", "false", "padding", "false", "truncation", "false", "modelMaxLength", "2147483647");

    static {
        keepOffTheNetwork();
    }

    private final HuggingFaceTokenizer library;
    private final ReadWriteLock lifetime = new ReentrantReadWriteLock();
    private boolean closed;

    /** Reads a document; throws {@link TokenizerException}. */
    TokenizerLibrary(byte[] json) {
        try {
            this.library = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
        } catch (IOException | RuntimeException e) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID,
                    "the tokenizer's parts do not fit together (" + e.getMessage()
                            + "): use another conversion of the model",
                    e);
        }
    }

    /** DJL reports its use, and fetches native libraries, unless it is told to be offline; what is needed is in its jar. */
    private static void keepOffTheNetwork() {
        for (String property : List.of("ai.djl.offline", "OPT_OUT_TRACKING")) {
            if (System.getProperty(property) == null) {
                System.setProperty(property, "true");
            }
        }
    }

    /** The tokens of a text; surrogates without their other half become U+FFFD. */
    long[] encode(String text) {
        lifetime.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed");
            }
            return library.encode(withoutHalves(text), false, false).getIds();
        } finally {
            lifetime.readLock().unlock();
        }
    }

    private static String withoutHalves(String text) {
        StringBuilder repaired = null;
        for (int i = 0; i < text.length(); i++) {
            if (!Character.isSurrogate(text.charAt(i))) {
                continue;
            }
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
            if (pair) {
                i++;
            } else {
                repaired = repaired == null ? new StringBuilder(text) : repaired;
                repaired.setCharAt(i, '\uFFFD');
            }
        }
        return repaired == null ? text : repaired.toString();
    }

    @Override
    public void close() {
        lifetime.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                library.close();
            }
        } finally {
            lifetime.writeLock().unlock();
        }
    }
}
