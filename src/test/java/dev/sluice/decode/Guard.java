package dev.sluice.decode;

import dev.sluice.model.TokenMask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A guard of the tests: a pure function of the answer so far. */
interface Guard {
    /** Names the rule in every verdict. */
    RuleId RULE = new RuleId("toy", "rule");

    /** The verdict of a hard rule. */
    Verdict REJECT = new Verdict.Reject(RULE, "reject");

    /** A guard that minds nothing. */
    Guard NONE = (answer, token) -> Verdict.ACCEPT;

    /** The verdict on a candidate after an answer. */
    Verdict judge(List<Integer> answer, int token);

    /** What the device may be told after an answer. */
    default @Nullable TokenMask mask(List<Integer> answer) {
        return null;
    }

    /** Forbids a token after another, and one everywhere. */
    static Guard bigram(int first, int second, int everywhere) {
        return (answer, token) ->
                token == everywhere || (token == second && !answer.isEmpty() && answer.get(answer.size() - 1) == first)
                        ? REJECT
                        : Verdict.ACCEPT;
    }

    /** The same guard, with all that it rejects given as a mask as well. */
    static Guard masking(Guard guard, int vocabularySize) {
        return new Guard() {
            @Override
            public Verdict judge(List<Integer> answer, int token) {
                return guard.judge(answer, token);
            }

            @Override
            public TokenMask mask(List<Integer> answer) {
                long[] bits = new long[vocabularySize / 64 + 1];
                for (int token = 0; token < vocabularySize; token++) {
                    if (guard.judge(answer, token) instanceof Verdict.Reject) {
                        bits[token / 64] |= 1L << token;
                    }
                }
                return new TokenMask(bits);
            }
        };
    }

    /** Demands that no part of a phrase is seen: goes back to its first token. */
    static Guard rewinding(List<List<Integer>> phrases) {
        return (answer, token) -> {
            int earliest = Integer.MAX_VALUE;
            for (List<Integer> phrase : phrases) {
                int start = answer.size() + 1 - phrase.size();
                if (start >= 0
                        && phrase.get(phrase.size() - 1) == token
                        && answer.subList(start, answer.size()).equals(phrase.subList(0, phrase.size() - 1))) {
                    earliest = Math.min(earliest, start);
                }
            }
            return earliest == Integer.MAX_VALUE ? Verdict.ACCEPT : new Verdict.Rewind(earliest, 0, 64, RULE);
        };
    }
}
