/** GGUF model files: their header, read with every length checked against the file, and their tensors as mapped bytes. */
@NullMarked
package dev.sluice.model.gguf;

import org.jspecify.annotations.NullMarked;
