package dev.sluice.train;

/**
 * How an acceptance head and the reward models around it are trained.
 *
 * @param seed of everything that is drawn
 * @param pairs most pairs that a reward model is fitted to, its validation pairs among them
 * @param prompts most prompts that answers are drawn to
 * @param answers drawn to each prompt, at least 2
 * @param maxTokens most tokens of an answer that are drawn or read
 * @param maxPrompt prompts of more tokens are left out
 * @param epochs most epochs of each fit
 * @param rejections share of the model's own tokens that the head is to reject, in (0, 1)
 */
public record HeadSettings(
        long seed, int pairs, int prompts, int answers, int maxTokens, int maxPrompt, int epochs, double rejections) {
    /** Checks the bounds. */
    public HeadSettings {
        if (pairs < 10 || prompts < 10 || answers < 2 || maxTokens < 1 || maxPrompt < 1 || epochs < 1) {
            throw new IllegalArgumentException("a head needs at least 10 pairs, 10 prompts, 2 answers, and 1 token and "
                    + "epoch, but was given " + this);
        }
        if (!(rejections > 0 && rejections < 1)) {
            throw new IllegalArgumentException(
                    "the share of rejections is above 0 and below 1, but was given as " + rejections);
        }
    }
}
