package dev.sluice.draft;

/**
 * The most probable next tokens behind one verified token, by the target's own row, before any guard.
 *
 * @param tokens distinct tokens, best first
 * @param probabilities probability of each at the request's temperature (at 1 where greedy), before truncation
 */
public record Successors(int[] tokens, float[] probabilities) {}
