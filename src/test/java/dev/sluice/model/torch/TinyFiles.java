package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.gguf.GgufBytes;
import dev.sluice.model.weights.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Writes a {@link TinyModel} as a GGUF file, the way converters do, or as a folder, the way hubs have it. */
final class TinyFiles {
    /** The token that ends a turn. */
    static final int END = TinyModel.VOCABULARY - 1;

    private static final JsonMapper JSON = JsonMapper.shared();

    private TinyFiles() {}

    /** Bytes before the data of a GGUF file: there are as many as lie before the last run of tensors, or fewer. */
    static int ggufHeaderBytes(byte[] whole) {
        return Math.min(whole.length, 8000);
    }

    /** Bytes before the data of a safetensors file. */
    static int safetensorsHeaderBytes(byte[] whole) {
        return 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** Names of tokens: letters, then made-up words, the last of them the end of a turn. */
    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (int token = 0; token < TinyModel.VOCABULARY; token++) {
            names.add(
                    switch (token) {
                        case 26 -> "ab";
                        case END -> "<|im_end|>";
                        default -> token < 26 ? String.valueOf((char) ('a' + token)) : "t" + token;
                    });
        }
        return names;
    }

    private static ObjectNode tokenizer() {
        ObjectNode root = JSON.createObjectNode().put("version", "1.0");
        root.putNull("normalizer").putNull("post_processor").putNull("decoder");
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        root.putArray("added_tokens")
                .addObject()
                .put("id", END)
                .put("content", "<|im_end|>")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        ObjectNode model = root.putObject("model").put("type", "BPE").put("fuse_unk", false);
        ObjectNode vocabulary = model.putObject("vocab");
        List<String> names = names();
        for (int token = 0; token < names.size(); token++) {
            if (token != END) {
                vocabulary.put(names.get(token), token);
            }
        }
        model.putArray("merges").add("a b");
        return root;
    }

    /** Writes {@code model.gguf}. */
    static Path gguf(TinyModel model, Path folder) throws IOException {
        return Files.write(folder.resolve("model.gguf"), ggufBytes(model));
    }

    static byte[] ggufBytes(TinyModel model) {
        return ggufBytes(model, metadata -> {});
    }

    /** The file with changed metadata of the family, whose keys are without the prefix. */
    static byte[] ggufBytes(TinyModel model, Consumer<Map<String, Object>> change) {
        String family = switch (model.type()) {
            case "mistral" -> "llama";
            case "gemma3_text" -> "gemma3";
            default -> model.type();
        };
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, int[]> shapes = new LinkedHashMap<>();
        model.shapes().forEach((name, shape) -> {
            String named = ggufName(name, model.gemma());
            shapes.put(named, shape);
            tensors.put(named, ggufWeights(model, name));
        });
        if (model.scaling().equals("llama3")) {
            shapes.put("rope_freqs.weight", new int[] {model.head() / 2});
            float[] divisors = new float[model.head() / 2];
            for (int i = 0; i < divisors.length; i++) {
                double f = Math.pow(model.ropeBase(), -2.0 * i / model.head());
                divisors[i] = (float) PlainForward.llama3Divisor(f);
            }
            tensors.put("rope_freqs.weight", divisors);
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("embedding_length", TinyModel.WIDTH);
        metadata.put("attention.head_count", TinyModel.HEADS);
        metadata.put("attention.head_count_kv", TinyModel.KV_HEADS);
        metadata.put("attention.key_length", model.head());
        metadata.put("block_count", model.layers());
        metadata.put("feed_forward_length", TinyModel.INNER);
        metadata.put("context_length", TinyModel.CONTEXT);
        metadata.put("rope.freq_base", model.ropeBase());
        metadata.put("attention.layer_norm_rms_epsilon", TinyModel.EPSILON);
        if (model.window() > 0) {
            metadata.put("attention.sliding_window", model.window());
        }
        if (model.type().equals("gemma2")) {
            metadata.put("attn_logit_softcapping", TinyModel.SCORE_CAP);
            metadata.put("final_logit_softcapping", TinyModel.LOGIT_CAP);
        }
        if (model.scaling().equals("linear") || model.scaling().equals("yarn")) {
            metadata.put("rope.scaling.type", model.scaling());
            metadata.put("rope.scaling.factor", TinyModel.FACTOR);
            metadata.put("rope.scaling.original_context_length", TinyModel.ORIGINAL_CONTEXT);
        }
        change.accept(metadata);
        GgufBytes bytes = GgufBytes.header(3, shapes.size(), metadata.size() + 7)
                .entry("general.architecture", 8)
                .string(family)
                .entry("tokenizer.ggml.model", 8)
                .string("gpt2")
                .entry("tokenizer.ggml.pre", 8)
                .string("qwen2")
                .entry("tokenizer.ggml.eos_token_id", 4)
                .int32(END)
                .array("tokenizer.ggml.tokens", 8, TinyModel.VOCABULARY);
        names().forEach(bytes::string);
        bytes.array("tokenizer.ggml.token_type", 5, TinyModel.VOCABULARY);
        for (int token = 0; token < TinyModel.VOCABULARY; token++) {
            bytes.int32(token == END ? 3 : 1);
        }
        bytes.array("tokenizer.ggml.merges", 8, 1).string("a b");
        metadata.forEach((key, value) -> {
            if (value instanceof Integer integer) {
                bytes.entry(family + "." + key, 4).int32(integer);
            } else if (value instanceof String text) {
                bytes.entry(family + "." + key, 8).string(text);
            } else {
                bytes.entry(family + "." + key, 6).float32(((Number) value).floatValue());
            }
        });
        long offset = 0;
        List<byte[]> data = new ArrayList<>();
        for (Map.Entry<String, int[]> shape : shapes.entrySet()) {
            int[] extents = shape.getValue();
            TensorType type = extents.length > 1 ? model.stored() : TensorType.F32;
            long[] dimensions = extents.length > 1 ? new long[] {extents[1], extents[0]} : new long[] {extents[0]};
            bytes.tensor(shape.getKey(), type, offset, dimensions);
            byte[] stored = stored(tensors.getOrDefault(shape.getKey(), new float[0]), type);
            data.add(stored);
            offset += (stored.length + 31L) / 32 * 32;
        }
        bytes.align(32);
        for (byte[] stored : data) {
            for (byte one : stored) {
                bytes.int8(one);
            }
            bytes.align(32);
        }
        return bytes.bytes();
    }

    /** Writes {@code config.json} and the weights, in so many files. */
    static Path folder(TinyModel model, Path folder, int shards) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config(model).toString());
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer().toString());
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"eos_token\": {\"content\": \"<|im_end|>\"}, \"bos_token\": null, \"chat_template\": \""
                        + "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}\"}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [" + END + "]}");
        List<String> names = List.copyOf(model.shapes().keySet());
        ObjectNode map = JSON.createObjectNode();
        for (int shard = 0; shard < shards; shard++) {
            String file = shards == 1 ? "model.safetensors" : "model-" + shard + ".safetensors";
            int from = names.size() * shard / shards;
            List<String> own = names.subList(from, (shard + 1) * names.size() / shards);
            own.forEach(name -> map.put(name, file));
            Files.write(folder.resolve(file), safetensors(model, own));
        }
        if (shards > 1) {
            ObjectNode index = JSON.createObjectNode();
            index.set("weight_map", map);
            Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
        }
        return folder;
    }

    private static byte[] safetensors(TinyModel model, List<String> names) {
        return safetensors(model, names, name -> name);
    }

    /** Weights under other names. */
    static byte[] safetensors(TinyModel model, Collection<String> names, UnaryOperator<String> renamed) {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (String name : names) {
            ObjectNode entry = header.putObject(renamed.apply(name))
                    .put("dtype", model.stored().toString());
            for (int extent : model.shapes().getOrDefault(name, new int[0])) {
                entry.withArray("shape").add(extent);
            }
            entry.withArray("data_offsets").add(data.size());
            data.writeBytes(stored(model.weight(name), model.stored()));
            entry.withArray("data_offsets").add(data.size());
        }
        byte[] text = header.toString().getBytes(UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data.toByteArray())
                .array();
    }

    static ObjectNode config(TinyModel model) {
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", model.type())
                .put("hidden_size", TinyModel.WIDTH)
                .put("num_attention_heads", TinyModel.HEADS)
                .put("num_key_value_heads", TinyModel.KV_HEADS)
                .put("head_dim", model.head())
                .put("num_hidden_layers", model.layers())
                .put("intermediate_size", TinyModel.INNER)
                .put("max_position_embeddings", TinyModel.CONTEXT)
                .put("rope_theta", model.ropeBase())
                .put("rms_norm_eps", TinyModel.EPSILON)
                .put("tie_word_embeddings", model.tied())
                .put(model.gemma() ? "hidden_activation" : "hidden_act", model.gemma() ? "gelu_pytorch_tanh" : "silu");
        if (model.window() > 0) {
            config.put("sliding_window", model.window());
        }
        if (model.gemma()) {
            config.put("query_pre_attn_scalar", model.head());
        }
        if (model.type().equals("gemma2")) {
            config.put("attn_logit_softcapping", TinyModel.SCORE_CAP);
            config.put("final_logit_softcapping", TinyModel.LOGIT_CAP);
        }
        if (model.type().equals("gemma3_text")) {
            config.put("rope_local_base_freq", TinyModel.LOCAL_BASE).put("sliding_window_pattern", 6);
        }
        if (!model.scaling().equals("none")) {
            config.putObject("rope_scaling")
                    .put("rope_type", model.scaling())
                    .put("factor", TinyModel.FACTOR)
                    .put("low_freq_factor", 1.0)
                    .put("high_freq_factor", 4.0)
                    .put("original_max_position_embeddings", TinyModel.ORIGINAL_CONTEXT);
        }
        return config;
    }

    static byte[] stored(float[] weights, TensorType type) {
        ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes(weights.length)).order(ByteOrder.LITTLE_ENDIAN);
        for (float weight : weights) {
            switch (type) {
                case F32 -> bytes.putFloat(weight);
                case F16 -> bytes.putShort(Float16.bits(weight));
                case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(Numbers.bfloat16(weight)) >> 16));
                default -> throw new IllegalArgumentException(type.toString());
            }
        }
        return bytes.array();
    }

    private static String ggufName(String name, boolean gemma) {
        String renamed = name.replace("model.embed_tokens", "token_embd")
                .replace("model.norm", "output_norm")
                .replace("lm_head", "output")
                .replace("model.layers.", "blk.")
                .replace("input_layernorm", "attn_norm")
                .replace("pre_feedforward_layernorm", "ffn_norm")
                .replace("post_feedforward_layernorm", "post_ffw_norm")
                .replace("post_attention_layernorm", gemma ? "post_attention_norm" : "ffn_norm")
                .replace("self_attn.o_proj", "attn_output")
                .replace("self_attn.", "attn_")
                .replace("mlp.", "ffn_");
        return renamed.replace("_proj", "");
    }

    /** Converters turn rows of queries and keys so that pairs lie together, for some families; and add 1 to Gemma's norms. */
    private static float[] ggufWeights(TinyModel model, String name) {
        float[] weights = model.weight(name).clone();
        if (model.gemma() && name.contains("norm")) {
            for (int i = 0; i < weights.length; i++) {
                weights[i] += 1;
            }
        }
        boolean paired = List.of("llama", "mistral", "smollm3").contains(model.type());
        if (!paired || !(name.contains("q_proj") || name.contains("k_proj"))) {
            return weights;
        }
        float[] turned = new float[weights.length];
        int half = model.head() / 2;
        int columns = TinyModel.WIDTH;
        for (int row = 0; row < weights.length / columns; row++) {
            int within = row % model.head();
            int target = row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
            System.arraycopy(weights, row * columns, turned, target * columns, columns);
        }
        return turned;
    }
}
