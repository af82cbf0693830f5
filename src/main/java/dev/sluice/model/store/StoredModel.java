package dev.sluice.model.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model file, or a folder of model files, that is on this machine, whole and checked.
 *
 * @param path where it is; not to be written to
 * @param sha256 the file's hash; null for a folder, and for a local file that nobody gave a hash for
 */
public record StoredModel(Path path, @Nullable String sha256) {}
