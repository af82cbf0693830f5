package dev.sluice.policy;

import java.nio.file.Path;

/**
 * What policies name that is not in their files.
 *
 * @param classifiers folder of trained classifiers, a sub-folder each; may be missing where no policy names one
 */
public record PolicyResources(Path classifiers) {
    /** What is there unless settings say otherwise: the folder {@code classifiers}. */
    public static final PolicyResources DEFAULT = new PolicyResources(Path.of("classifiers"));
}
