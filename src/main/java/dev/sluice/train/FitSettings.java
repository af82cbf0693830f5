package dev.sluice.train;

/**
 * How long and how fast a network is fitted.
 *
 * @param seed shuffles the examples and draws the dropout
 * @param epochs most rounds through all examples, at least 1
 * @param batch examples of a step, at least 1
 * @param patience rounds without a better validation loss after which the fit ends, at least 1
 * @param rate learning rate of Adam
 * @param decay share of the weight matrices that a step takes away, as a multiple of the rate
 * @param dropout share of the hidden numbers that a step leaves out, in [0, 1)
 */
public record FitSettings(long seed, int epochs, int batch, int patience, double rate, double decay, double dropout) {
    /** Checks the bounds. */
    public FitSettings {
        if (epochs < 1 || batch < 1 || patience < 1 || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "a fit needs at least 1 epoch, 1 example a batch and a patience of 1, and "
                            + "a dropout in [0, 1), but was given " + epochs + ", " + batch + ", " + patience + " and "
                            + dropout);
        }
    }
}
