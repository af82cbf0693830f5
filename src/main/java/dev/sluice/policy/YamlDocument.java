package dev.sluice.policy;

import org.jspecify.annotations.Nullable;

/**
 * One document of a policy file.
 *
 * @param source the file
 * @param root its value, or null where it could not be read
 * @param text its text, as written
 */
record YamlDocument(SourceFile source, @Nullable YamlNode root, String text) {}
