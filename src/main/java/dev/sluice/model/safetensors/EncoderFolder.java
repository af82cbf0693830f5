package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.EncoderShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.token.TokenizerException;
import dev.sluice.token.WordPieceTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A folder of a BERT sentence encoder that takes the mean over tokens: {@code config.json}, {@code model.safetensors},
 * {@code tokenizer.json}, and, where they are there, {@code sentence_bert_config.json} with the most tokens of a text and
 * {@code 1_Pooling/config.json}, which must say that it takes the mean.
 *
 * <p>Nothing in it is trusted: everything is checked when the folder is opened, which throws {@link ModelFileException}.
 * Bytes of tensors stay valid after {@link #close}.
 */
public final class EncoderFolder implements AutoCloseable {
    /** Most tokens of a text, whatever the folder says. */
    public static final int MOST_TOKENS = 256;

    private static final int MOST_VOCABULARY = 1 << 20;
    private static final int MOST_WIDTH = 1 << 13;
    private static final int MOST_LAYERS = 1 << 8;
    private static final int MOST_POSITIONS = 1 << 16;
    private static final int LEAST_POSITIONS = 3;
    private static final Set<String> POOLINGS =
            Set.of("cls_token", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken");
    /** Positions counted up from 0, which some files store. */
    private static final String BUFFER = "embeddings.position_ids";
    /** Of a further output that sentence encoders leave alone. */
    private static final Set<String> UNUSED = Set.of("pooler.dense.weight", "pooler.dense.bias");

    private final Path folder;
    private final SafetensorsFile file;
    private final EncoderShape shape;

    private EncoderFolder(Path folder, SafetensorsFile file, EncoderShape shape) {
        this.folder = folder;
        this.file = file;
        this.shape = shape;
    }

    /** Opens a folder; throws {@link ModelFileException}. */
    public static EncoderFolder open(Path folder) {
        checkPooling(folder.resolve("1_Pooling").resolve(SafetensorsFolder.CONFIG));
        EncoderShape shape = shape(folder);
        SafetensorsFile file = SafetensorsFile.open(weights(folder), Set.of(BUFFER));
        boolean opened = false;
        try {
            check(weights(folder), file.tensors(), shape);
            EncoderFolder opening = new EncoderFolder(folder, file, shape);
            opened = true;
            return opening;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    private static Path weights(Path folder) {
        return folder.resolve(SafetensorsFolder.SINGLE);
    }

    private static void checkPooling(Path config) {
        if (!Files.exists(config)) {
            return;
        }
        JsonSettings pooling = JsonSettings.read(config);
        if (!pooling.bool("pooling_mode_mean_tokens", false)) {
            throw pooling.bad("pooling_mode_mean_tokens", "true, as vectors are the mean over tokens");
        }
        for (String other : POOLINGS) {
            if (pooling.bool("pooling_mode_" + other, false)) {
                throw pooling.bad("pooling_mode_" + other, "false, as vectors are the mean over tokens");
            }
        }
    }

    private static EncoderShape shape(Path folder) {
        JsonSettings config = JsonSettings.read(folder.resolve(SafetensorsFolder.CONFIG));
        require(config, "model_type", "bert", "none");
        require(config, "hidden_act", "gelu", "gelu");
        require(config, "position_embedding_type", "absolute", "absolute");
        int width = config.integer("hidden_size", 1, MOST_WIDTH);
        int heads = config.integer("num_attention_heads", 1, width);
        if (width % heads != 0) {
            throw config.bad("num_attention_heads", "a divisor of hidden_size, " + width);
        }
        int vocabulary =
                config.integer("vocab_size", 1, Math.min(MOST_VOCABULARY, Integer.MAX_VALUE / Float.BYTES / width));
        int positions = config.integer("max_position_embeddings", LEAST_POSITIONS, MOST_POSITIONS);
        double epsilon = config.number("layer_norm_eps", 1e-12);
        if (!(epsilon > 0 && epsilon < 1)) {
            throw config.bad("layer_norm_eps", "a number between 0 and 1");
        }
        Path settings = folder.resolve("sentence_bert_config.json");
        int most = Math.min(positions, MOST_TOKENS);
        if (Files.exists(settings)) {
            most = Math.min(
                    most,
                    JsonSettings.read(settings).integer("max_seq_length", LEAST_POSITIONS, Integer.MAX_VALUE, most));
        }
        return new EncoderShape(
                vocabulary,
                width,
                config.integer("num_hidden_layers", 1, MOST_LAYERS),
                heads,
                config.integer("intermediate_size", 1, MOST_WIDTH * 4),
                positions,
                config.integer("type_vocab_size", 1, MOST_WIDTH, 2),
                epsilon,
                most);
    }

    private static void require(JsonSettings config, String key, String wanted, String fallback) {
        if (!config.string(key, fallback).equals(wanted)) {
            throw new ModelFileException(
                    Code.UNSUPPORTED_ARCHITECTURE,
                    config.file(),
                    key + " must be " + wanted + ", but is " + config.get(key)
                            + "; use a sentence encoder of the BERT family, such as all-MiniLM-L6-v2");
        }
    }

    /** Throws at the first tensor that is missing, of another shape, or unknown. */
    private static void check(Path path, Map<String, TensorInfo> tensors, EncoderShape shape) {
        Map<String, List<Long>> wanted = wanted(shape);
        wanted.forEach((name, dimensions) -> {
            TensorInfo tensor = tensors.get(name);
            if (tensor == null || !tensor.dimensions().equals(dimensions)) {
                throw new ModelFileException(
                        Code.TENSOR,
                        path,
                        "tensor " + name + " must have the dimensions " + dimensions + " by config.json, but "
                                + (tensor == null ? "is missing" : "has " + tensor.dimensions())
                                + "; use a complete model folder");
            }
        });
        for (String name : tensors.keySet()) {
            if (!wanted.containsKey(name) && !UNUSED.contains(name)) {
                throw new ModelFileException(
                        Code.TENSOR, path, "tensor " + name + " is no part of a BERT encoder; use another model");
            }
        }
    }

    /** Dimensions by name, the fastest-running first. */
    private static Map<String, List<Long>> wanted(EncoderShape shape) {
        Map<String, List<Long>> wanted = new LinkedHashMap<>();
        long width = shape.width();
        long inner = shape.inner();
        wanted.put("embeddings.word_embeddings.weight", List.of(width, (long) shape.vocabulary()));
        wanted.put("embeddings.position_embeddings.weight", List.of(width, (long) shape.positions()));
        wanted.put("embeddings.token_type_embeddings.weight", List.of(width, (long) shape.kinds()));
        norm(wanted, "embeddings.LayerNorm", width);
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "encoder.layer." + layer + ".";
            for (String part : List.of("query", "key", "value")) {
                linear(wanted, block + "attention.self." + part, width, width);
            }
            linear(wanted, block + "attention.output.dense", width, width);
            norm(wanted, block + "attention.output.LayerNorm", width);
            linear(wanted, block + "intermediate.dense", width, inner);
            linear(wanted, block + "output.dense", inner, width);
            norm(wanted, block + "output.LayerNorm", width);
        }
        return wanted;
    }

    private static void norm(Map<String, List<Long>> wanted, String name, long width) {
        wanted.put(name + ".weight", List.of(width));
        wanted.put(name + ".bias", List.of(width));
    }

    private static void linear(Map<String, List<Long>> wanted, String name, long from, long to) {
        wanted.put(name + ".weight", List.of(from, to));
        wanted.put(name + ".bias", List.of(to));
    }

    /** What the encoder is. */
    public EncoderShape shape() {
        return shape;
    }

    /** The file of the weights. */
    public Path weights() {
        return weights(folder);
    }

    /** A tensor by the name that hubs give it, such as {@code encoder.layer.0.output.dense.bias}; it is there. */
    public TensorInfo tensor(String name) {
        TensorInfo tensor = file.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("a BERT encoder has no tensor " + name);
        }
        return tensor;
    }

    /** The bytes of a tensor: read-only, little-endian. */
    public ByteBuffer data(TensorInfo tensor) {
        return file.data(tensor);
    }

    /** Builds the tokenizer; throws {@link ModelFileException}. The caller closes it. */
    public WordPieceTokenizer tokenizer() {
        Path json = folder.resolve("tokenizer.json");
        try {
            return WordPieceTokenizer.ofJson(JsonSettings.bytes(json), shape.vocabulary());
        } catch (TokenizerException e) {
            throw new ModelFileException(Code.METADATA, json, e.getMessage() + " [" + e.code() + "]", e);
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
