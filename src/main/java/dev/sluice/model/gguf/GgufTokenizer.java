package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.token.BytePairModel;
import dev.sluice.token.BytePairModel.Kind;
import dev.sluice.token.BytePairModel.Split;
import dev.sluice.token.BytePairTokenizer;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.token.TokenizerException;
import dev.sluice.token.TurnEnds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Builds the tokenizer and the chat template that a GGUF file carries in its metadata. */
public final class GgufTokenizer {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int TEXT = 1;
    private static final int LITERAL = 4;

    private static final List<String> END_KEYS = List.of("eos_token_id", "eot_token_id", "eom_token_id");

    private GgufTokenizer() {}

    /** Builds the tokenizer of a file; throws {@link ModelFileException}. */
    public static LoadedTokenizer load(GgufFile file) {
        return load(file.metadata(), file.path());
    }

    static LoadedTokenizer load(GgufMetadata metadata, Path file) {
        try {
            String kind = metadata.string(PREFIX + "model");
            if (!kind.equals("gpt2")) {
                throw new ModelFileException(
                        Code.METADATA,
                        file,
                        "its tokenizer is of the kind " + kind
                                + ", and only gpt2 (byte-level BPE) is implemented; use a" + " model with one");
            }
            List<String> names = metadata.strings(PREFIX + "tokens");
            List<Kind> kinds = kinds(metadata);
            BytePairModel model = new BytePairModel(
                    names,
                    kinds,
                    metadata.strings(PREFIX + "merges"),
                    Split.named(metadata.string(PREFIX + "pre")),
                    ends(metadata, names, kinds));
            return withChat(metadata, BytePairTokenizer.of(model));
        } catch (TokenizerException e) {
            throw new ModelFileException(Code.METADATA, file, e.getMessage() + " [" + e.code() + "]", e);
        }
    }

    private static LoadedTokenizer withChat(GgufMetadata metadata, BytePairTokenizer tokenizer) {
        return LoadedTokenizer.of(
                tokenizer,
                metadata.string("tokenizer.chat_template", ""),
                name(metadata, "bos_token_id", tokenizer),
                name(metadata, "eos_token_id", tokenizer));
    }

    /** What the tokens are; one that ends a turn is a control token, whatever the file calls it. */
    private static List<Kind> kinds(GgufMetadata metadata) {
        List<Kind> kinds = new ArrayList<>();
        for (long type : metadata.integers(PREFIX + "token_type")) {
            kinds.add(type == TEXT ? Kind.TEXT : type == LITERAL ? Kind.LITERAL : Kind.CONTROL);
        }
        for (String key : END_KEYS) {
            long token = metadata.integer(PREFIX + key, -1);
            if (token >= 0 && token < kinds.size()) {
                kinds.set((int) token, Kind.CONTROL);
            }
        }
        return kinds;
    }

    private static BitSet ends(GgufMetadata metadata, List<String> names, List<Kind> kinds) {
        BitSet ends = new BitSet();
        for (String key : END_KEYS) {
            long token = metadata.integer(PREFIX + key, -1);
            if (token >= 0 && token < names.size()) {
                ends.set((int) token);
            }
        }
        for (int token = 0; token < Math.min(names.size(), kinds.size()); token++) {
            if (kinds.get(token) == Kind.CONTROL && TurnEnds.NAMES.contains(names.get(token))) {
                ends.set(token);
            }
        }
        return ends;
    }

    private static String name(GgufMetadata metadata, String key, BytePairTokenizer tokenizer) {
        long token = metadata.integer(PREFIX + key, -1);
        boolean known = token >= 0 && token < tokenizer.vocabulary().size();
        return known ? tokenizer.vocabulary().name((int) token) : "";
    }
}
