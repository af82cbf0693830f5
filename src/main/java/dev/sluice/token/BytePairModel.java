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
        SMOLLM;

        /**
         * The split that a model file names.
         *
         * @throws TokenizerException if it is not implemented
         */
        public static Split named(String name) {
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "gpt-2", "gpt2" -> GPT2;
                case "smollm" -> SMOLLM;
                default ->
                    throw new TokenizerException(
                            Code.TOKENIZER_UNSUPPORTED,
                            "the pre-tokenizer " + name
                                    + " is not implemented, gpt-2 and smollm are: use a model with one of" + " these");
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
