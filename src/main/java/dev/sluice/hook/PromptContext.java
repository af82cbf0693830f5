package dev.sluice.hook;

import dev.sluice.token.Vocabulary;

/**
 * What a hook may know before the answer begins.
 *
 * @param vocabulary the model's tokens
 * @param tokens the prompt; shared, not to be written to
 */
public record PromptContext(Vocabulary vocabulary, int[] tokens) {}
