package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.token.BytePairModel;
import dev.sluice.token.BytePairModel.Kind;
import dev.sluice.token.BytePairModel.Split;
import dev.sluice.token.BytePairTokenizer;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.TokenizerException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer that a GGUF file carries in its metadata, and its chat template.
 *
 * @param tokenizer the tokenizer; closed with this
 * @param chat the chat template, or null if the file has none
 */
public record GgufTokenizer(
        BytePairTokenizer tokenizer, @Nullable ChatTemplate chat) implements AutoCloseable {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final int TEXT = 1;
    private static final int LITERAL = 4;

    private static final List<String> END_KEYS = List.of("eos_token_id", "eot_token_id", "eom_token_id");

    /** Names of tokens that end a turn or a text in the usual families, whether or not the metadata says so. */
    private static final Set<String> END_NAMES = Set.of(
            "<|endoftext|>",
            "<|im_end|>",
            "<|end_of_text|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end|>",
            "<|return|>",
            "</s>");

    /** Builds the tokenizer of a file; throws {@link ModelFileException}. */
    public static GgufTokenizer load(GgufFile file) {
        return load(file.metadata(), file.path());
    }

    static GgufTokenizer load(GgufMetadata metadata, Path file) {
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
                    Split.named(metadata.string(PREFIX + "pre", "gpt-2")),
                    ends(metadata, names, kinds));
            return withChat(metadata, BytePairTokenizer.of(model));
        } catch (TokenizerException e) {
            throw new ModelFileException(Code.METADATA, file, e.getMessage() + " [" + e.code() + "]", e);
        }
    }

    private static GgufTokenizer withChat(GgufMetadata metadata, BytePairTokenizer tokenizer) {
        boolean complete = false;
        try {
            String source = metadata.string("tokenizer.chat_template", "");
            String bos = name(metadata, "bos_token_id", tokenizer);
            String eos = name(metadata, "eos_token_id", tokenizer);
            ChatTemplate chat = source.isEmpty() ? null : new ChatTemplate(tokenizer, source, bos, eos);
            complete = true;
            return new GgufTokenizer(tokenizer, chat);
        } finally {
            if (!complete) {
                tokenizer.close();
            }
        }
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
            if (kinds.get(token) == Kind.CONTROL && END_NAMES.contains(names.get(token))) {
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

    @Override
    public void close() {
        tokenizer.close();
    }
}
