package dev.sluice.model.weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A trained change of a model's matrices, held against that model.
 *
 * @param folder where it is, for people
 * @param files all files that say what it is, in a fixed order
 * @param updates by the name of the matrix, as GGUF files have it
 */
public record Adapter(Path folder, List<Path> files, Map<String, LowRankUpdate> updates) {
    public Adapter {
        files = List.copyOf(files);
        updates = Map.copyOf(updates);
    }
}
