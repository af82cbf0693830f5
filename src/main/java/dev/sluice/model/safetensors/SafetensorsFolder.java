package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightCheck;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.token.LoadedTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * A folder with {@code config.json} and the weights in {@code model.safetensors}, or, without that, in several files
 * that {@code model.safetensors.index.json} lists.
 */
public final class SafetensorsFolder implements WeightSource {
    /** What the model is. */
    static final String CONFIG = "config.json";
    /** The weights, where they are in one file. */
    static final String SINGLE = "model.safetensors";

    private static final String INDEX = "model.safetensors.index.json";
    private static final int MOST_FILES = 1000;
    private static final int MAX_INDEX_BYTES = 8 << 20;

    private final Path folder;
    private final List<Path> files;
    private final Map<String, SafetensorsFile> shards;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    /** The file of each tensor, by its name here. */
    private final Map<String, SafetensorsFile> homes = new HashMap<>();

    private final ModelShape shape;

    private SafetensorsFolder(Path folder, Map<String, SafetensorsFile> shards) {
        this.folder = folder;
        this.shards = shards;
        Path index = folder.resolve(INDEX);
        files = new ArrayList<>(List.of(folder.resolve(CONFIG)));
        Map<String, String> listed = new HashMap<>();
        if (!Files.exists(folder.resolve(SINGLE)) && Files.exists(index)) {
            files.add(index);
            listed.putAll(listed(index));
        }
        TreeSet<String> names = new TreeSet<>(listed.isEmpty() ? List.of(SINGLE) : listed.values());
        if (names.size() > MOST_FILES) {
            throw new ModelFileException(
                    Code.MALFORMED,
                    index,
                    "at most " + MOST_FILES + " files are read, but it lists " + names.size() + "; use another model");
        }
        for (String name : names) {
            if (listed.containsValue(name) && !Files.exists(folder.resolve(name))) {
                throw new ModelFileException(
                        Code.UNREADABLE,
                        folder.resolve(name),
                        "it is missing, though " + INDEX + " lists it; put it there (of a repository, files named"
                                + " model-N-of-M.safetensors are fetched, and no others)");
            }
            files.add(folder.resolve(name));
            shards.put(name, SafetensorsFile.open(folder.resolve(name)));
        }
        HubConfig config = HubConfig.read(folder.resolve(CONFIG));
        shards.forEach((name, shard) -> shard.tensors().values().forEach(tensor -> add(config, shard, tensor)));
        listed.forEach((tensor, name) -> {
            if (!Objects.requireNonNull(shards.get(name)).tensors().containsKey(tensor)) {
                throw new ModelFileException(
                        Code.TENSOR,
                        folder.resolve(name),
                        "tensor " + tensor + " is missing, though " + INDEX + " lists it; fetch it again");
            }
        });
        if (config.tied()) {
            tensors.remove(WeightCheck.OUTPUT);
        }
        shape = config.shape(tensors);
        shape.check(folder.resolve(CONFIG));
    }

    /** Opens a folder; throws {@link ModelFileException}. */
    public static SafetensorsFolder open(Path folder) {
        Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
        boolean opened = false;
        try {
            SafetensorsFolder opening = new SafetensorsFolder(folder, shards);
            opened = true;
            return opening;
        } finally {
            if (!opened) {
                shards.values().forEach(SafetensorsFile::close);
            }
        }
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public List<Path> files() {
        return Collections.unmodifiableList(files);
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public TensorInfo tensor(String name) {
        TensorInfo tensor = tensors.get(name);
        if (tensor == null) {
            throw new ModelFileException(
                    Code.TENSOR,
                    folder,
                    "tensor " + name + " (as GGUF files name it) is missing among " + tensors.size()
                            + "; use a complete model folder");
        }
        return tensor;
    }

    @Override
    public ByteBuffer data(TensorInfo tensor) {
        return Objects.requireNonNull(homes.get(tensor.name()), "a tensor of another model")
                .data(tensor);
    }

    @Override
    public LoadedTokenizer tokenizer() {
        return HubTokenizer.load(folder);
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }

    private void add(HubConfig config, SafetensorsFile shard, TensorInfo tensor) {
        if (HubNames.isBuffer(tensor.name())) {
            return;
        }
        String name = HubNames.translated(tensor.name(), config.family())
                .orElseThrow(() -> new ModelFileException(
                        Code.TENSOR,
                        folder,
                        "tensor " + tensor.name() + " is no part of a model of the family " + config.family()
                                + "; use another model"));
        homes.put(name, shard);
        if (tensors.put(
                        name,
                        new TensorInfo(name, tensor.dimensions(), tensor.type(), tensor.offset(), tensor.byteLength()))
                != null) {
            throw new ModelFileException(
                    Code.MALFORMED, folder, "tensor " + tensor.name() + " is there twice; fetch the model again");
        }
    }

    /** The file of each tensor, by the names of the hub; plain names of this folder. */
    private static Map<String, String> listed(Path index) {
        JsonSettings map = JsonSettings.read(index, MAX_INDEX_BYTES).object("weight_map");
        Map<String, String> listed = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : map.node().properties()) {
            String name = map.string(entry.getKey(), "");
            if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}\\.safetensors")) {
                throw map.bad(entry.getKey(), "the name of a .safetensors file beside it");
            }
            listed.put(entry.getKey(), name);
        }
        return listed;
    }
}
