package dev.sluice.token;

import dev.sluice.token.BytePairModel.Kind;
import dev.sluice.token.BytePairModel.Split;
import dev.sluice.token.TokenizerException.Code;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@code tokenizer.json} of a byte-level BPE, without its control tokens, and the vocabulary with them.
 *
 * @param json the document for the library
 * @param vocabulary all tokens
 * @param literals tokens that the library finds by their names before all else
 * @param cutsAtSpaces whether a text may be cut before any space that follows something else than white space, without a
 *     change in its tokens
 */
record TokenizerJson(byte[] json, Vocabulary vocabulary, BitSet literals, boolean cutsAtSpaces) {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /** Writes the document for a model given as plain values. */
    static TokenizerJson of(BytePairModel model) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation")
                .putNull("padding")
                .putNull("normalizer")
                .putNull("post_processor")
                .putNull("decoder");
        ArrayNode added = root.putArray("added_tokens");
        BitSet literals = new BitSet();
        ObjectNode bpe = root.putObject("model");
        bpe.put("type", "BPE").putNull("dropout").putNull("unk_token");
        ObjectNode vocabulary = bpe.putObject("vocab");
        for (int token = 0; token < model.names().size(); token++) {
            vocabulary.put(model.names().get(token), token);
            if (model.kinds().get(token) == Kind.LITERAL) {
                addLiteral(added, token, model.names().get(token));
                literals.set(token);
            }
        }
        ArrayNode merges = bpe.putArray("merges");
        model.merges().forEach(merges::add);
        ObjectNode split = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = split.putArray("pretokenizers");
        String pattern = model.split().pattern();
        if (model.split() == Split.SMOLLM) {
            steps.addObject().put("type", "Digits").put("individual_digits", true);
        } else if (!pattern.isEmpty()) {
            steps.addObject()
                    .put("type", "Split")
                    .put("behavior", "Isolated")
                    .put("invert", false)
                    .putObject("pattern")
                    .put("Regex", pattern);
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", pattern.isEmpty());
        if (model.split() == Split.LLAMA3) {
            bpe.put("ignore_merges", true);
        }
        if (model.split() == Split.QWEN2) {
            root.putObject("normalizer").put("type", "NFC");
        }
        return new TokenizerJson(MAPPER.writeValueAsBytes(root), model.vocabulary(), literals, added.isEmpty());
    }

    private static void addLiteral(ArrayNode added, int token, String name) {
        added.addObject()
                .put("id", token)
                .put("content", name)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", false);
    }

    /**
     * Reads an existing document. Of the tokens that are named or numbered as ends of a turn the added ones are, and so are
     * control tokens, whatever the document calls them; a plain token of the text is none.
     *
     * @param endNames names of tokens that end a turn
     * @param endTokens tokens that end a turn
     * @throws TokenizerException if it is not one, not of a byte-level BPE, or gives an id or a name twice
     */
    static TokenizerJson read(byte[] document, Set<String> endNames, BitSet endTokens) {
        try {
            if (MAPPER.readTree(document) instanceof ObjectNode root) {
                return read(root, endNames, endTokens);
            }
        } catch (JacksonException e) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID, "tokenizer.json is no JSON: fetch the model's file again", e);
        }
        throw new TokenizerException(
                Code.TOKENIZER_INVALID, "tokenizer.json is no JSON object: fetch the model's file again");
    }

    private static TokenizerJson read(ObjectNode root, Set<String> endNames, BitSet endTokens) {
        JsonNode bpe = root.path("model");
        JsonNode byteLevel = byteLevel(root.path("pre_tokenizer"));
        if (!bpe.path("type").asString("BPE").equals("BPE")
                || !bpe.path("vocab").isObject()
                || byteLevel.isMissingNode()) {
            throw new TokenizerException(
                    Code.TOKENIZER_UNSUPPORTED,
                    "tokenizer.json is not of a byte-level BPE: use a model with one, such as the GPT-2 and Llama 3 families");
        }
        refuseVariants(bpe);
        byte[][] bytes = new byte[size(root)][];
        String[] names = new String[bytes.length];
        Arrays.fill(bytes, new byte[0]);
        Arrays.fill(names, "");
        BitSet control = new BitSet();
        control.set(0, bytes.length);
        BitSet ends = new BitSet();
        ObjectNode texts = (ObjectNode) bpe.path("vocab");
        texts.properties().forEach(entry -> {
            int token = entry.getValue().asInt();
            if (!control.get(token)) {
                throw twice(token);
            }
            names[token] = entry.getKey();
            bytes[token] = ByteLevelAlphabet.bytes(entry.getKey());
            control.clear(token);
        });
        ArrayNode kept = MAPPER.createArrayNode();
        BitSet seen = new BitSet();
        Set<String> seenNames = new HashSet<>();
        BitSet literals = new BitSet();
        for (JsonNode added : root.path("added_tokens")) {
            int token = added.path("id").asInt();
            String name = added.path("content").asString("");
            boolean another = !control.get(token) && !names[token].equals(name);
            boolean elsewhere = texts.path(name).asInt(token) != token || !seenNames.add(name);
            if (another || elsewhere || seen.get(token)) {
                throw twice(token);
            }
            seen.set(token);
            boolean end = endTokens.get(token) || endNames.contains(name);
            boolean special = end || added.path("special").asBoolean(false);
            names[token] = name;
            bytes[token] = special ? new byte[0] : name.getBytes(StandardCharsets.UTF_8);
            control.set(token, special);
            ends.set(token, end);
            literals.set(token, !special);
            if (!special) {
                texts.put(name, token);
                kept.add(added);
            }
        }
        root.set("added_tokens", kept);
        ((ObjectNode) bpe).putNull("dropout");
        root.putNull("post_processor").putNull("truncation").putNull("padding");
        boolean cuts = kept.isEmpty()
                && !root.path("normalizer").isObject()
                && byteLevel.path("use_regex").asBoolean(true)
                && !byteLevel.path("add_prefix_space").asBoolean(true);
        return new TokenizerJson(
                MAPPER.writeValueAsBytes(root), new Vocabulary(bytes, names, control, ends), literals, cuts);
    }

    private static TokenizerException twice(int token) {
        return new TokenizerException(
                Code.TOKENIZER_INVALID,
                "token " + token + " of tokenizer.json shares its id or its name with another: fetch the model's file"
                        + " again");
    }

    /** Refuses what would make other tokens of a text than the plain algorithm does. */
    private static void refuseVariants(JsonNode bpe) {
        boolean affixes = !bpe.path("continuing_subword_prefix").asString("").isEmpty()
                || !bpe.path("end_of_word_suffix").asString("").isEmpty();
        if (affixes || bpe.path("byte_fallback").asBoolean(false)) {
            throw new TokenizerException(
                    Code.TOKENIZER_UNSUPPORTED,
                    "tokenizer.json has continuing_subword_prefix, end_of_word_suffix or byte_fallback, which are not"
                            + " implemented: use another model");
        }
    }

    private static JsonNode byteLevel(JsonNode step) {
        if (step.path("type").asString("").equals("ByteLevel")) {
            return step;
        }
        for (JsonNode inner : step.path("pretokenizers")) {
            if (inner.path("type").asString("").equals("ByteLevel")) {
                return inner;
            }
        }
        return MAPPER.missingNode();
    }

    private static int size(ObjectNode root) {
        int last = -1;
        for (JsonNode id : root.path("model").path("vocab")) {
            last = Math.max(last, checked(id));
        }
        for (JsonNode added : root.path("added_tokens")) {
            last = Math.max(last, checked(added.path("id")));
        }
        return last + 1;
    }

    private static int checked(JsonNode id) {
        int token = id.isInt() ? id.intValue() : -1;
        if (token < 0 || token >= BytePairTokenizer.MOST_TOKENS) {
            throw new TokenizerException(
                    Code.TOKENIZER_INVALID,
                    "token ids of tokenizer.json must be from 0 to " + (BytePairTokenizer.MOST_TOKENS - 1)
                            + ", one is not: fetch the model's file again");
        }
        return token;
    }
}
