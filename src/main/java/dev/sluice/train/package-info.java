<<<<<<< HEAD
/** Fitting heads and routers on the hidden states of a model, and measuring what guards do. */
=======
/** Training of learned hooks and the measures that show what they do. */
>>>>>>> lora
@NullMarked
package dev.sluice.train;

import org.jspecify.annotations.NullMarked;
