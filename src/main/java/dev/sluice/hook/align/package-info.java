/** Acceptance heads (MARA): a small network accepts or rejects candidates by the hidden state they have once forwarded. */
@NullMarked
package dev.sluice.hook.align;

import org.jspecify.annotations.NullMarked;
