package dev.sluice.model.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model file that is on this machine, whole and checked.
 *
 * @param path where it is; not to be written to
 * @param sha256 its hash, or null if it is a local file that nobody gave a hash for
 */
public record StoredModel(Path path, @Nullable String sha256) {}
