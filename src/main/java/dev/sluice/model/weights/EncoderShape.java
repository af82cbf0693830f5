package dev.sluice.model.weights;

/**
 * What a BERT encoder is, as far as computing with it needs to know.
 *
 * @param vocabulary tokens, rows of the embedding
 * @param width numbers of a hidden state, and of a vector
 * @param layers number of layers
 * @param heads heads of attention; each is as wide as the next
 * @param inner width of the feed-forward layer
 * @param positions rows of the table of positions
 * @param kinds rows of the table of token types, of which the first alone is used
 * @param epsilon added to the variance where hidden states are normalised
 * @param mostTokens most tokens of a text, the two that frame it among them
 */
public record EncoderShape(
        int vocabulary,
        int width,
        int layers,
        int heads,
        int inner,
        int positions,
        int kinds,
        double epsilon,
        int mostTokens) {}
