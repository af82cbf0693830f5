package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A folder of a made-up BERT encoder with random weights, whose parts tests may change before it is written. */
public final class TinyEncoder {
    /** Width of a vector. */
    public static final int WIDTH = 24;
    /** Heads of attention. */
    public static final int HEADS = 3;
    /** Number of layers. */
    public static final int LAYERS = 2;
    /** Most tokens of a text. */
    public static final int POSITIONS = 40;
    /** Added to variances. */
    public static final double EPSILON = 1e-6;

    private static final int INNER = 40;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What {@code config.json} says. */
    public final ObjectNode config = JSON.createObjectNode();
    /** What {@code tokenizer.json} says: letters, and what follows them in a word, are tokens. */
    public final ObjectNode tokenizer = JSON.createObjectNode();
    /** Extents by name. */
    public final Map<String, int[]> shapes = new LinkedHashMap<>();
    /** Weights by name, row by row. */
    public final Map<String, float[]> weights = new LinkedHashMap<>();

    /** An encoder whose weights follow from a seed. */
    public TinyEncoder(long seed) {
        writeTokenizer();
        int vocabulary = tokenizer.path("model").path("vocab").size();
        config.put("model_type", "bert").put("hidden_act", "gelu").put("layer_norm_eps", EPSILON);
        config.put("hidden_size", WIDTH).put("num_attention_heads", HEADS).put("num_hidden_layers", LAYERS);
        config.put("intermediate_size", INNER).put("max_position_embeddings", POSITIONS);
        config.put("vocab_size", vocabulary).put("type_vocab_size", 2);
        shapes.put("embeddings.word_embeddings.weight", new int[] {vocabulary, WIDTH});
        shapes.put("embeddings.position_embeddings.weight", new int[] {POSITIONS, WIDTH});
        shapes.put("embeddings.token_type_embeddings.weight", new int[] {2, WIDTH});
        norm("embeddings.LayerNorm");
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "encoder.layer." + layer + ".";
            linear(block + "attention.self.query", WIDTH, WIDTH);
            linear(block + "attention.self.key", WIDTH, WIDTH);
            linear(block + "attention.self.value", WIDTH, WIDTH);
            linear(block + "attention.output.dense", WIDTH, WIDTH);
            norm(block + "attention.output.LayerNorm");
            linear(block + "intermediate.dense", INNER, WIDTH);
            linear(block + "output.dense", WIDTH, INNER);
            norm(block + "output.LayerNorm");
        }
        Random random = new Random(seed);
        shapes.forEach((name, shape) -> {
            float[] values = new float[shape.length == 1 ? shape[0] : shape[0] * shape[1]];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() * 0.4f + (name.endsWith("LayerNorm.weight") ? 1 : 0);
            }
            weights.put(name, values);
        });
    }

    private void norm(String name) {
        shapes.put(name + ".weight", new int[] {WIDTH});
        shapes.put(name + ".bias", new int[] {WIDTH});
    }

    private void linear(String name, int rows, int columns) {
        shapes.put(name + ".weight", new int[] {rows, columns});
        shapes.put(name + ".bias", new int[] {rows});
    }

    private void writeTokenizer() {
        tokenizer.put("version", "1.0");
        tokenizer
                .putObject("truncation")
                .put("max_length", 5)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        tokenizer.putArray("added_tokens");
        tokenizer
                .putObject("normalizer")
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", true)
                .put("lowercase", true)
                .putNull("strip_accents");
        tokenizer.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        ObjectNode model = tokenizer.putObject("model").put("type", "WordPiece").put("unk_token", "[UNK]");
        model.put("continuing_subword_prefix", "##").put("max_input_chars_per_word", 100);
        ObjectNode vocabulary = model.putObject("vocab");
        for (String name : new String[] {"[PAD]", "[UNK]", "[CLS]", "[SEP]"}) {
            vocabulary.put(name, vocabulary.size());
        }
        for (char letter = 'a'; letter <= 'z'; letter++) {
            vocabulary.put(String.valueOf(letter), vocabulary.size());
            vocabulary.put("##" + letter, vocabulary.size());
        }
    }

    /** A weight by its name. */
    public float[] weight(String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    /** Writes the folder's files. */
    public Path write(Path folder) throws IOException {
        Files.writeString(folder.resolve("config.json"), config.toString());
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
        Files.write(folder.resolve("model.safetensors"), safetensors());
        return folder;
    }

    /** The weights as a file, behind integers that nobody reads, as real ones have them. */
    private byte[] safetensors() {
        ObjectNode header = JSON.createObjectNode();
        int at = 8 * POSITIONS;
        entry(header, "embeddings.position_ids", "I64", new int[] {1, POSITIONS}, 0, at);
        for (Map.Entry<String, float[]> tensor : weights.entrySet()) {
            int end = at + tensor.getValue().length * Float.BYTES;
            int[] shape = Objects.requireNonNull(shapes.get(tensor.getKey()));
            entry(header, tensor.getKey(), "F32", shape, at, end);
            at = end;
        }
        byte[] text = header.toString().getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + text.length + at).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text);
        bytes.position(bytes.position() + 8 * POSITIONS);
        weights.values().forEach(values -> {
            for (float value : values) {
                bytes.putFloat(value);
            }
        });
        return bytes.array();
    }

    private static void entry(ObjectNode header, String name, String type, int[] shape, int begin, int end) {
        ObjectNode entry = header.putObject(name).put("dtype", type);
        ArrayNode extents = entry.putArray("shape");
        for (int extent : shape) {
            extents.add(extent);
        }
        entry.putArray("data_offsets").add(begin).add(end);
    }
}
