/** Guessing the next tokens: drafters, and the {@link dev.sluice.draft.TreeBuilder} they fill. Knows no policy. May use {@code token}. */
@NullMarked
package dev.sluice.draft;

import org.jspecify.annotations.NullMarked;
