package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.safetensors.LoraConfig.Target;
import dev.sluice.model.weights.Adapter;
import dev.sluice.model.weights.LowRankUpdate;
import dev.sluice.model.weights.LowRankUpdate.Factor;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A LoRA adapter as PEFT saves it: a folder with {@code adapter_config.json} and {@code adapter_model.safetensors}.
 *
 * <p>It must be for the model that it is read for, to the last tensor: each matrix that the configuration names has both
 * its factors in the file, with the extents that the model and the rank give, and the file has nothing else.
 */
public final class LoraFolder {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    private final Path file;
    private final SafetensorsFile weights;
    /** Tensors that nobody took yet. */
    private final Map<String, TensorInfo> left;

    private LoraFolder(Path file, SafetensorsFile weights) {
        this.file = file;
        this.weights = weights;
        left = new LinkedHashMap<>(weights.tensors());
    }

    /**
     * Reads an adapter; numbers are mapped and read when the adapter is merged.
     *
     * @param model of checked tensors
     * @throws ModelFileException for what is missing, not supported, or does not fit the model
     */
    public static Adapter read(Path folder, WeightSource model) {
        Path config = present(folder, CONFIG);
        Path file = present(folder, WEIGHTS);
        Map<String, String> modules = HubNames.modules(model.shape());
        Map<String, Target> targets = LoraConfig.read(config)
                .targets(modules.keySet(), model.shape().layers().size());
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            LoraFolder adapter = new LoraFolder(file, weights);
            Map<String, LowRankUpdate> updates = new LinkedHashMap<>();
            for (Map.Entry<String, String> module : modules.entrySet()) {
                Target target = targets.get(module.getKey());
                if (target != null) {
                    updates.put(
                            module.getValue(),
                            adapter.update(module.getKey(), target, model.tensor(module.getValue())));
                }
            }
            adapter.requireNothingLeft();
            return new Adapter(folder, List.of(config, file), updates);
        }
    }

    private static Path present(Path folder, String name) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    Code.UNREADABLE,
                    file,
                    "it is missing; an adapter is a folder with " + CONFIG + " and " + WEIGHTS
                            + ": give the path of one");
        }
        return file;
    }

    private LowRankUpdate update(String module, Target target, TensorInfo matrix) {
        long columns = matrix.dimensions().get(0);
        long rows = matrix.dimensions().get(1);
        return new LowRankUpdate(
                file,
                factor(PREFIX + module + ".lora_A.weight", target, List.of(columns, (long) target.rank())),
                factor(PREFIX + module + ".lora_B.weight", target, List.of((long) target.rank(), rows)),
                target.scale());
    }

    private Factor factor(String name, Target target, List<Long> dimensions) {
        TensorInfo tensor = left.remove(name);
        if (tensor == null) {
            throw new ModelFileException(
                    Code.TENSOR,
                    file,
                    "tensor " + name + " is missing, though target_modules and layers_to_transform of " + CONFIG
                            + " ask for it; fetch the adapter again");
        }
        if (!tensor.dimensions().equals(dimensions)) {
            throw new ModelFileException(
                    Code.TENSOR,
                    file,
                    "tensor " + name + " must have the shape " + shape(dimensions) + " for this model and rank "
                            + target.rank() + " of " + CONFIG + ", but has " + shape(tensor.dimensions())
                            + "; use an adapter that was trained on this model");
        }
        return new Factor(tensor, weights.data(tensor));
    }

    private void requireNothingLeft() {
        if (!left.isEmpty()) {
            String name = left.keySet().iterator().next();
            throw new ModelFileException(
                    Code.TENSOR,
                    file,
                    "tensor " + name + " (one of " + left.size() + ") changes nothing that " + CONFIG
                            + " names: it must be " + PREFIX + "MODULE.lora_A.weight or .lora_B.weight of a module of"
                            + " target_modules and layers_to_transform; saved modules, biases and embeddings are not"
                            + " supported. Train the adapter without them");
        }
    }

    /** Extents as safetensors files have them. */
    private static String shape(List<Long> dimensions) {
        List<Long> shape = new ArrayList<>(dimensions);
        Collections.reverse(shape);
        return shape.toString();
    }
}
