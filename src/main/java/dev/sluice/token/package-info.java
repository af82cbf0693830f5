/** Tokens and text: the vocabulary, the tokenizer, chat templates and incremental detokenising. Uses nothing else of Sluice. */
@NullMarked
package dev.sluice.token;

import org.jspecify.annotations.NullMarked;
