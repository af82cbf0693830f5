package dev.sluice.train;

import java.time.Duration;

/** Hears of a fit after each epoch, and may end it. */
@FunctionalInterface
public interface FitProgress {
    /**
     * An epoch is done, and can be gone on from.
     *
     * @return whether to go on; if not, the fit returns what it has, unfinished
     */
    boolean epoch(Epoch epoch);

    /**
     * What there is to say of an epoch.
     *
     * @param number from 1
     * @param epochs most there will be
     * @param loss mean training loss
     * @param validationLoss mean loss on the validation examples
     * @param accuracy share of the validation examples, by weight, whose right choice was the greatest output
     * @param left how long the remaining epochs take at this speed, at most
     */
    record Epoch(int number, int epochs, double loss, double validationLoss, double accuracy, Duration left) {
        /** One line for people. */
        public String line() {
            return "epoch %d of %d: loss %.4f, validation loss %.4f, accuracy %.1f %%, at most %d s left"
                    .formatted(number, epochs, loss, validationLoss, 100 * accuracy, left.toSeconds());
        }
    }
}
