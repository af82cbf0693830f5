/** Guessing the next tokens: {@link dev.sluice.draft.TokenTree} and the drafters that fill it. Knows no policy. May use {@code token}. */
@NullMarked
package dev.sluice.draft;

import org.jspecify.annotations.NullMarked;
