/** Folders as model hubs have them: {@code config.json}, safetensors files, {@code tokenizer.json}; nothing in them is trusted. */
@NullMarked
package dev.sluice.model.safetensors;

import org.jspecify.annotations.NullMarked;
