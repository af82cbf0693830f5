package dev.sluice.hook.unlearn;

/**
 * One thing to be forgotten, or to be kept: a question and its answer.
 *
 * @param question what people ask
 * @param answer what the model must not say, or may
 */
public record ForgetEntry(String question, String answer) {}
