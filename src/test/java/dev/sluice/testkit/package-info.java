/** Test doubles that are real: a toy language model with exact logits and a byte tokenizer. */
@NullMarked
package dev.sluice.testkit;

import org.jspecify.annotations.NullMarked;
