package dev.sluice.draft;

/**
 * The noise that the target's choice will be made with: public to a drafter because it is a function of seed, position
 * and token, so that guesses can be coupled to the draw.
 */
@FunctionalInterface
public interface DraftNoise {
    /** No noise: the most probable token is chosen. */
    DraftNoise NONE = (position, token) -> 0;

    /**
     * The noise of a token, in nats.
     *
     * @param position answer tokens before it
     */
    double of(int position, int token);

    /** The temperature that logits are divided by before the noise is added; 1 where greedy. */
    default double temperature() {
        return 1;
    }
}
