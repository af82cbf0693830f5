package dev.sluice.spring;

import dev.sluice.model.CausalModel;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.Tokenizer;
import org.jspecify.annotations.Nullable;

/**
 * A model with what it takes to speak to it. Whoever starts an engine on it hands the model over.
 *
 * @param model the target model
 * @param tokenizer its tokenizer
 * @param chat its chat template, or null where the model file has none
 */
public record LoadedModel(
        CausalModel model, Tokenizer tokenizer, @Nullable ChatTemplate chat) {}
