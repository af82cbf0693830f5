package dev.sluice.model;

import org.jspecify.annotations.Nullable;

/**
 * The edits of one row that the device applies, and what to bring back.
 *
 * <p>For each {@code i}, with {@code l} the raw logit of {@code editTokens[i]}:
 * {@code l' = (l > 0 ? l / repetition[i] : l * repetition[i]) + add[i]}, in float32, in this order. Control tokens other than
 * the ends of turn become −∞ in every row. Logits are then divided by the temperature, in float32.
 *
 * @param editTokens distinct tokens whose logits are edited
 * @param repetition repetition penalty of each (1 = none)
 * @param add nats (at temperature 1) added to each
 * @param temperature positive; 1 for greedy decoding
 * @param gather distinct tokens whose edited logits are wanted beside the best ones
 * @param mask tokens a guard forbids at this node, or null; the model may cache it on the device by identity
 */
public record RowQuery(
        int[] editTokens,
        float[] repetition,
        float[] add,
        float temperature,
        int[] gather,
        @Nullable TokenMask mask) {}
