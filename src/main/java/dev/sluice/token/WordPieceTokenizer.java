package dev.sluice.token;

import dev.sluice.token.TokenizerException.Code;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * WordPiece as BERT encoders use it, by the Hugging Face library. Control tokens come from here alone: their names in a
 * text are text like any other.
 *
 * <p>Thread-safe. Owns native memory until closed; closing waits for running calls. A long text is handed over in pieces,
 * cut before spaces, until there are enough tokens: time is linear in what is kept, unless a text has no spaces.
 */
public final class WordPieceTokenizer implements AutoCloseable {
    private static final int PIECE_CHARS = 1 << 11;
    private static final String FIRST = "[CLS]";
    private static final String LAST = "[SEP]";

    private final TokenizerLibrary library;
    private final int first;
    private final int last;

    private WordPieceTokenizer(TokenizerLibrary library, int first, int last) {
        this.library = library;
        this.first = first;
        this.last = last;
    }

    /**
     * A tokenizer of a {@code tokenizer.json}; throws {@link TokenizerException}.
     *
     * @param document the file's bytes
     * @param vocabulary tokens of the model: every token must be smaller
     */
    public static WordPieceTokenizer ofJson(byte[] document, int vocabulary) {
        ObjectNode root = root(document);
        JsonNode model = root.path("model");
        boolean bert = root.path("normalizer").path("type").asString("").equals("BertNormalizer")
                && root.path("pre_tokenizer").path("type").asString("").equals("BertPreTokenizer");
        if (!model.path("type").asString("WordPiece").equals("WordPiece")
                || !model.path("vocab").isObject()
                || !bert) {
            throw new TokenizerException(
                    Code.TOKENIZER_UNSUPPORTED,
                    "tokenizer.json is not of BERT's WordPiece: use a sentence encoder with one, such as"
                            + " all-MiniLM-L6-v2");
        }
        for (JsonNode id : model.path("vocab")) {
            token(id, vocabulary, "a token of tokenizer.json");
        }
        int first = token(model.path("vocab").path(FIRST), vocabulary, FIRST);
        int last = token(model.path("vocab").path(LAST), vocabulary, LAST);
        String unknown = model.path("unk_token").asString("");
        token(model.path("vocab").path(unknown), vocabulary, "the unk_token of tokenizer.json");
        root.putArray("added_tokens");
        root.putNull("post_processor").putNull("truncation").putNull("padding").putNull("decoder");
        return new WordPieceTokenizer(new TokenizerLibrary(JsonMapper.shared().writeValueAsBytes(root)), first, last);
    }

    private static ObjectNode root(byte[] document) {
        try {
            if (JsonMapper.shared().readTree(document) instanceof ObjectNode root) {
                return root;
            }
        } catch (JacksonException e) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID, "tokenizer.json is no JSON: fetch the model's file again", e);
        }
        throw new TokenizerException(
                Code.TOKENIZER_INVALID, "tokenizer.json is no JSON object: fetch the model's file again");
    }

    private static int token(JsonNode id, int vocabulary, String what) {
        int token = id.isInt() ? id.intValue() : -1;
        if (token < 0 || token >= vocabulary) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID,
                    what + " must be from 0 to " + (vocabulary - 1) + ", but is "
                            + (id.isMissingNode() ? "missing" : id)
                            + ": use the tokenizer that the model came with");
        }
        return token;
    }

    /**
     * The tokens of a text between the two that frame it.
     *
     * @param limit most tokens in all, at least 2; those at the end of a longer text are left out
     */
    public int[] encode(String text, int limit) {
        int[] tokens = new int[limit];
        tokens[0] = first;
        int count = 1;
        for (int from = 0; from < text.length() && count < limit - 1; ) {
            int to = cut(text, from);
            for (long token : library.encode(text.substring(from, to))) {
                if (count < limit - 1) {
                    tokens[count++] = (int) token;
                }
            }
            from = to;
        }
        tokens[count++] = last;
        return Arrays.copyOf(tokens, count);
    }

    /** The first place at least a piece's length on that is before a space: no word goes across it. */
    private static int cut(String text, int from) {
        int space = text.indexOf(' ', from + PIECE_CHARS);
        return space < 0 ? text.length() : space;
    }

    @Override
    public void close() {
        library.close();
    }
}
