package dev.sluice.policy;

import dev.sluice.model.SentenceEncoder;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What rules use that no policy file holds.
 *
 * @param classifiers folder of the trained classifiers, by name; need not be there
 * @param encoder gives the sentence encoder, which belongs to somebody else; asked for when an answer first needs it
 */
public record PolicyResources(Path classifiers, Supplier<SentenceEncoder> encoder) {
    /** The default folder, and no encoder: enough to check policies. */
    public static PolicyResources unserved() {
        return new PolicyResources(Path.of("classifiers"), () -> {
            throw new IllegalStateException("policies that were only checked have no sentence encoder");
        });
    }
}
