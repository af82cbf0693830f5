/** GGUF model files: their header, read with every length checked against the file, their tensors as mapped bytes, the shape of the model and its tokenizer. */
@NullMarked
package dev.sluice.model.gguf;

import org.jspecify.annotations.NullMarked;
