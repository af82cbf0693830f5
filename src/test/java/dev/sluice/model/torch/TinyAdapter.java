package dev.sluice.model.torch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.model.weights.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A made-up LoRA adapter of a {@link TinyModel}, written as PEFT writes it, and the same model with it merged in double
 * precision.
 *
 * @param config the configuration; tests may change it before it is written
 * @param stored how the factors are stored
 * @param shapes rows and columns of each factor, by the names of the file
 * @param factors the numbers of each, row by row
 */
record TinyAdapter(ObjectNode config, TensorType stored, Map<String, int[]> shapes, Map<String, float[]> factors) {
    static final String PREFIX = "base_model.model.";
    static final int RANK = 4;
    static final double ALPHA = 6;

    static final List<String> ALL =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    /** An adapter of these projections in these layers, at rank 4 and alpha 6. */
    static TinyAdapter of(TinyModel model, List<String> targets, List<Integer> layers, TensorType stored, long seed) {
        ObjectNode config = JsonMapper.shared()
                .createObjectNode()
                .put("peft_type", "LORA")
                .put("task_type", "CAUSAL_LM")
                .put("r", RANK)
                .put("lora_alpha", ALPHA)
                .put("lora_dropout", 0.1)
                .put("bias", "none")
                .put("fan_in_fan_out", false)
                .putNull("modules_to_save");
        targets.forEach(config.putArray("target_modules")::add);
        layers.forEach(config.putArray("layers_to_transform")::add);
        TinyAdapter adapter = new TinyAdapter(config, stored, new LinkedHashMap<>(), new LinkedHashMap<>());
        Random random = new Random(seed);
        for (String name : model.shapes().keySet()) {
            String module = name.replaceFirst("\\.weight$", "");
            boolean chosen = targets.stream().anyMatch(target -> module.endsWith("." + target));
            if (chosen && layers.stream().anyMatch(layer -> module.startsWith("model.layers." + layer + "."))) {
                adapter.add(model, module, RANK, random);
            }
        }
        return adapter;
    }

    /** Adds, or replaces, the factors of a module. */
    void add(TinyModel model, String module, int rank, Random random) {
        int[] extents = Objects.requireNonNull(model.shapes().get(module + ".weight"), module);
        put(module + ".lora_A", rank, extents[1], random);
        put(module + ".lora_B", extents[0], rank, random);
    }

    private void put(String factor, int rows, int columns, Random random) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            float value = (float) random.nextGaussian() * 0.1f;
            values[i] = stored == TensorType.F16 ? Float16.value(Float16.bits(value)) : value;
        }
        shapes.put(PREFIX + factor + ".weight", new int[] {rows, columns});
        factors.put(PREFIX + factor + ".weight", values);
    }

    /** The module's rank, by its factors. */
    int rank(String module) {
        return Objects.requireNonNull(shapes.get(PREFIX + module + ".lora_A.weight"), module)[0];
    }

    /** Writes the folder. */
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("adapter_config.json"), config.toString());
        Files.write(folder.resolve("adapter_model.safetensors"), safetensors());
        return folder;
    }

    /** The file of the factors. */
    byte[] safetensors() {
        ObjectNode header = JsonMapper.shared().createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        factors.forEach((name, values) -> {
            ObjectNode entry = header.putObject(name).put("dtype", stored.toString());
            for (int extent : Objects.requireNonNull(shapes.get(name))) {
                entry.withArray("shape").add(extent);
            }
            entry.withArray("data_offsets").add(data.size());
            data.writeBytes(TinyFiles.stored(values, stored));
            entry.withArray("data_offsets").add(data.size());
        });
        byte[] text = header.toString().getBytes(UTF_8);
        return ByteBuffer.allocate(8 + text.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .put(data.toByteArray())
                .array();
    }

    /** The model with this adapter in its weights, each update scaled by alpha over its rank. */
    TinyModel merged(TinyModel model) {
        Map<String, Double> scales = new LinkedHashMap<>();
        for (String name : shapes.keySet()) {
            if (name.contains(".lora_A.")) {
                String module = name.substring(PREFIX.length()).replace(".lora_A.weight", "");
                scales.put(module, ALPHA / rank(module));
            }
        }
        return merged(model, scales);
    }

    /** The same with the scale of each module given. */
    TinyModel merged(TinyModel model, Map<String, Double> scales) {
        Map<String, float[]> weights = new LinkedHashMap<>(model.weights());
        scales.forEach((module, scale) -> {
            float[] up = Objects.requireNonNull(factors.get(PREFIX + module + ".lora_B.weight"));
            float[] down = Objects.requireNonNull(factors.get(PREFIX + module + ".lora_A.weight"));
            int rank = rank(module);
            int columns = down.length / rank;
            float[] matrix = model.weight(module + ".weight").clone();
            for (int i = 0; i < matrix.length; i++) {
                double product = 0;
                for (int r = 0; r < rank; r++) {
                    product += (double) up[i / columns * rank + r] * down[r * columns + i % columns];
                }
                matrix[i] = (float) (matrix[i] + scale * product);
            }
            weights.put(module + ".weight", matrix);
        });
        return new TinyModel(
                model.type(), model.tied(), model.scaling(), model.window(), model.layers(), model.stored(), weights);
    }
}
