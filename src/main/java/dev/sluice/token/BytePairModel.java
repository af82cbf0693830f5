package dev.sluice.token;

import dev.sluice.token.TokenizerException.Code;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A byte-level BPE tokenizer as plain values, the way model files carry it.
 *
 * @param names per token its name; in the byte-level alphabet for {@link Kind#TEXT}
 * @param kinds per token what it is
 * @param merges the merges, first the ones to apply first, each two names with a space between
 * @param split how text is split before merging
 * @param ends the tokens that end a turn
 */
public record BytePairModel(List<String> names, List<Kind> kinds, List<String> merges, Split split, BitSet ends) {
    /** What a token is. */
    public enum Kind {
        /** Text, found by merging; its name is in the byte-level alphabet. */
        TEXT,
        /** Text, found by its name before all else, whoever wrote it. */
        LITERAL,
        /** No text: a mark of the model's own. */
        CONTROL
    }

    /** How text is split before merging. */
    public enum Split {
        /** The split of GPT-2. */
        GPT2,
        /** Digits one by one, then the split of GPT-2. */
        SMOLLM,
        /** Words with one leading character, digits by three, and whole words before any merge. */
        LLAMA3,
        /** As {@link #LLAMA3}, digits one by one, of composed characters, without whole words first. */
        QWEN2;

        private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

        /** The regular expression of a piece, or empty for the splits that the library has built in. */
        String pattern() {
            return switch (this) {
                case GPT2, SMOLLM -> "";
                case LLAMA3 -> WORDS.formatted("{1,3}");
                case QWEN2 -> WORDS.formatted("");
            };
        }

        /**
         * The split that a model file names.
         *
         * @throws TokenizerException if it is not implemented
         */
        public static Split named(String name) {
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "gpt-2", "gpt2" -> GPT2;
                case "smollm" -> SMOLLM;
                case "llama-bpe", "llama3", "llama-v3" -> LLAMA3;
                case "qwen2" -> QWEN2;
                default ->
                    throw new TokenizerException(
                            Code.TOKENIZER_UNSUPPORTED,
                            "the pre-tokenizer " + name
                                    + " is not implemented; gpt-2, smollm, llama-bpe and qwen2 are: use a model with one"
                                    + " of these");
            };
        }
    }

    /** Checks that the parts fit together; throws {@link TokenizerException}. */
    public BytePairModel {
        if (names.size() != kinds.size()) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID,
                    "the tokenizer has " + names.size() + " tokens but " + kinds.size()
                            + " token types: use another conversion of the model");
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int token = 0; token < names.size(); token++) {
            Integer first = ids.putIfAbsent(names.get(token), token);
            if (first != null) {
                throw new TokenizerException(
                        Code.TOKENIZER_INVALID,
                        "tokens " + first + " and " + token + " of the tokenizer have the same name: use another"
                                + " conversion of the model");
            }
        }
        ends = (BitSet) ends.clone();
    }

    /** The vocabulary. */
    public Vocabulary vocabulary() {
        byte[][] bytes = new byte[names.size()][];
        BitSet control = new BitSet();
        for (int token = 0; token < bytes.length; token++) {
            String name = names.get(token);
            switch (kinds.get(token)) {
                case TEXT -> bytes[token] = ByteLevelAlphabet.bytes(name);
                case LITERAL -> bytes[token] = name.getBytes(StandardCharsets.UTF_8);
                case CONTROL -> {
                    bytes[token] = new byte[0];
                    control.set(token);
                }
            }
        }
        return new Vocabulary(bytes, names.toArray(String[]::new), control, ends);
    }
}
