package dev.sluice.model.torch;

import java.util.Locale;

/** How the weights are held, and what is multiplied. The residual stream and attention are float32 in each. */
public enum Precision {
    /** Four bits for a file of four bits, bfloat16 on an accelerator, else eight bits. */
    AUTO,
    /** Single precision throughout. */
    FLOAT32,
    /** Rows of signed bytes with one scale each; activations in bfloat16. */
    INT8,
    /** Groups of 32 four-bit weights with a scale and an offset; activations in bfloat16, output matrix as {@link #INT8}. */
    INT4,
    /** Weights and activations in bfloat16. */
    BFLOAT16;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
