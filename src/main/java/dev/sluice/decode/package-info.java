/** The law: what token follows a prefix. Score edits, truncation, keyed noise, and ranked choice. May use {@code token}, {@code draft} and {@code model}. */
@NullMarked
package dev.sluice.decode;

import org.jspecify.annotations.NullMarked;
