/** Fitting heads and routers on the hidden states of a model, and measuring what guards do. */
@NullMarked
package dev.sluice.train;

import org.jspecify.annotations.NullMarked;
