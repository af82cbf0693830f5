package dev.sluice.token;

import dev.sluice.token.ControlNames.Piece;
import dev.sluice.token.TokenizerException.Code;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Byte-level BPE by the Hugging Face library, which knows no control tokens here: they are cut out of the text first when
 * their names are to be parsed, and otherwise are text like any other.
 *
 * <p>Thread-safe. Owns native memory until closed; closing waits for running calls. Time is linear in the text, one to two
 * microseconds a token; long texts are handed over in pieces, cut where no token crosses, so memory beyond the result
 * stays bounded unless a text has no spaces. With a limit a text that cannot fit is refused before it is tokenised, and any
 * other stops at the limit: the dearest left is one without spaces, of as many characters as the limit times the longest
 * token's bytes.
 *
 * <p>Surrogates without their other half become U+FFFD. Bytes for which the vocabulary has no token are left out, as the
 * library does: the default model has none for some ASCII control characters.
 */
public final class BytePairTokenizer implements Tokenizer, AutoCloseable {
    /** Most tokens a vocabulary may have. */
    public static final int MOST_TOKENS = 1 << 22;

    private static final int PIECE_CHARS = 1 << 13;

    private final Vocabulary vocabulary;
    private final ControlNames controlNames;
    private final boolean cutsAtSpaces;
    private final int longestToken;
    private final TokenizerLibrary library;

    private BytePairTokenizer(TokenizerJson description) {
        this.vocabulary = description.vocabulary();
        this.controlNames = new ControlNames(vocabulary);
        this.cutsAtSpaces = description.cutsAtSpaces();
        int longest = 1;
        for (int token = 0; token < vocabulary.size(); token++) {
            String name = vocabulary.name(token);
            longest = Math.max(longest, Math.max(vocabulary.bytes(token).length, name.length()));
        }
        this.longestToken = longest;
        this.library = new TokenizerLibrary(description.json());
        try {
            checkLiterals(description.literals());
        } catch (RuntimeException e) {
            library.close();
            throw e;
        }
    }

    /** The library numbers a token anew that it cannot place; it must not come to another's number, a control token's even. */
    private void checkLiterals(BitSet literals) {
        literals.stream().forEach(token -> {
            long[] found = library.encode(vocabulary.name(token));
            if (found.length != 1 || found[0] != token) {
                throw new TokenizerException(
                        Code.TOKENIZER_INVALID,
                        "added token " + token + " of the tokenizer is read as " + Arrays.toString(found)
                                + ": use another conversion of the model");
            }
        });
    }

    /** A tokenizer of plain values, as model files have them; throws {@link TokenizerException}. */
    public static BytePairTokenizer of(BytePairModel model) {
        return new BytePairTokenizer(TokenizerJson.of(model));
    }

    /**
     * A tokenizer of a {@code tokenizer.json}; throws {@link TokenizerException}.
     *
     * @param document the file's bytes
     * @param end name of a token that ends a turn, beside the {@linkplain TurnEnds#NAMES usual names}; may be empty
     * @param ends tokens that end a turn; only added tokens count
     */
    public static BytePairTokenizer ofJson(byte[] document, String end, BitSet ends) {
        Set<String> names = new HashSet<>(TurnEnds.NAMES);
        if (!end.isEmpty()) {
            names.add(end);
        }
        return new BytePairTokenizer(TokenizerJson.read(document, names, ends));
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int[] encode(String text, boolean parseControl) {
        return encode(text, parseControl, Integer.MAX_VALUE);
    }

    @Override
    public int[] encode(String text, boolean parseControl, int limit) {
        if (cutsAtSpaces && text.length() / longestToken > limit) {
            throw new TextTooLongException(limit);
        }
        TokenBuffer tokens = new TokenBuffer(limit);
        for (Piece piece : parseControl ? controlNames.split(text) : List.of(new Piece(text, -1))) {
            encode(piece.text(), tokens);
            if (piece.token() >= 0) {
                tokens.add(piece.token());
            }
        }
        return tokens.toArray();
    }

    private void encode(String text, TokenBuffer tokens) {
        for (int from = 0; from < text.length(); ) {
            int to = cutsAtSpaces ? cut(text, from) : text.length();
            for (long token : library.encode(text.substring(from, to))) {
                tokens.add((int) token);
            }
            from = to;
        }
    }

    /** The first place at least a piece's length on where no token crosses: before a space that follows no white space. */
    private static int cut(String text, int from) {
        for (int at = from + PIECE_CHARS; at < text.length(); at++) {
            if (text.charAt(at) == ' ' && isWord(text.charAt(at - 1))) {
                return at;
            }
        }
        return text.length();
    }

    private static boolean isWord(char character) {
        return Character.isLetterOrDigit(character) || (character > ' ' && character < 127);
    }

    @Override
    public String decode(int[] tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            bytes.writeBytes(vocabulary.bytes(token));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        library.close();
    }
}
