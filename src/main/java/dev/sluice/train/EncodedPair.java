package dev.sluice.train;

import dev.sluice.token.ChatTemplate;
import dev.sluice.token.TextTooLongException;
import dev.sluice.token.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pair of answers as the model reads it.
 *
 * @param pair the pair
 * @param prompt tokens of the conversation, up to where the answer begins
 * @param chosen tokens of the better answer, no more than are read
 * @param rejected tokens of the worse one
 */
record EncodedPair(Preference pair, int[] prompt, int[] chosen, int[] rejected) {
    /** Pairs whose prompts are not too long, in an order that their prompts alone decide. */
    static List<EncodedPair> all(
            List<Preference> pairs, Tokenizer tokenizer, ChatTemplate chat, int maxPrompt, int maxTokens) {
        return pairs.stream()
                .map(pair -> of(pair, tokenizer, chat, maxPrompt, maxTokens))
                .filter(Objects::nonNull)
                .sorted(Comparator.comparingLong(encoded -> encoded.pair().key()))
                .toList();
    }

    private static @Nullable EncodedPair of(
            Preference pair, Tokenizer tokenizer, ChatTemplate chat, int maxPrompt, int maxTokens) {
        try {
            int[] prompt = chat.encode(pair.messages(), true, maxPrompt);
            int[] chosen = tokenizer.encode(pair.chosen(), false);
            int[] rejected = tokenizer.encode(pair.rejected(), false);
            return new EncodedPair(
                    pair,
                    prompt,
                    Arrays.copyOf(chosen, Math.min(maxTokens, chosen.length)),
                    Arrays.copyOf(rejected, Math.min(maxTokens, rejected.length)));
        } catch (TextTooLongException e) {
            return null;
        }
    }
}
