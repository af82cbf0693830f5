package dev.sluice.token;

import java.util.Set;

/** Tokens that end a turn in the usual families. */
public final class TurnEnds {
    /** Names of control tokens that end a turn or a text, whether or not a model's files say so. */
    public static final Set<String> NAMES = Set.of(
            "<|endoftext|>",
            "<|im_end|>",
            "<|end_of_text|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end|>",
            "<|return|>",
            "<end_of_turn>",
            "</s>");

    private TurnEnds() {}
}
