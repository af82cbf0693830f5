package dev.sluice.spring;

import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.Report;
import java.util.List;

/**
 * The answer to a {@link ChatRequest}.
 *
 * @param text the text
 * @param tokens ids of the released tokens
 * @param finishReason why it ended
 * @param report seed, policies, cost and what the guards did
 */
public record ChatAnswer(String text, List<Integer> tokens, FinishReason finishReason, Report report) {}
