/** The PyTorch implementation of {@link dev.sluice.model.CausalModel}: the only package that knows DJL's engine. */
@NullMarked
package dev.sluice.model.torch;

import org.jspecify.annotations.NullMarked;
