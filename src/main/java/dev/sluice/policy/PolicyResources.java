package dev.sluice.policy;

import dev.sluice.model.SentenceEncoder;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What policies name or need that is not in their files.
 *
 * @param classifiers folder of trained classifiers, a sub-folder each; may be missing where no policy names one
 * @param encoder gives the sentence encoder, which belongs to somebody else; asked for when an answer first needs it
 */
public record PolicyResources(Path classifiers, Supplier<SentenceEncoder> encoder) {
    /** What is there unless settings say otherwise: the folder {@code classifiers}, and no encoder. */
    public static final PolicyResources DEFAULT = new PolicyResources(Path.of("classifiers"));

    /** Classifiers, and no encoder: enough to check policies, not to serve by them. */
    public PolicyResources(Path classifiers) {
        this(classifiers, () -> {
            throw new IllegalStateException("policies that were only checked have no sentence encoder");
        });
    }
}
