package dev.sluice.hook;

/** What the model made of a prompt it has read. Valid while the call lasts that hands it over. */
@FunctionalInterface
public interface PromptReading {
    /**
     * The mean, over all tokens of the prompt, of the hidden state behind a block: the residual stream that enters the next
     * one. The same bits whatever chunks the prompt was read in and whatever of it was cached.
     *
     * @param layer number of the block, counted from 1; one of the hook's {@link GuardHook#promptLayers}
     * @return [width]
     */
    float[] mean(int layer);
}
