/** The law: what token follows a prefix. Score edits, truncation, keyed noise, ranked choice and the walk over a verified tree. May use {@code token}, {@code draft} and {@code model}. */
@NullMarked
package dev.sluice.decode;

import org.jspecify.annotations.NullMarked;
