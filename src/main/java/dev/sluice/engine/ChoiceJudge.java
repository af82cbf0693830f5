package dev.sluice.engine;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.draft.TokenSequence;
import dev.sluice.token.Vocabulary;
import java.util.Arrays;
import java.util.Set;

/**
 * The guards' verdict on the candidates of one choice: what the hooks say, of the whole text and of what is visible, where
 * a token would end the text too; with the vetoes of the prefix and the bounds on rewinds. Engine loop only.
 *
 * @param vocabulary the model's tokens
 * @param sequence prompt and answer of the choice
 * @param promptTokens tokens of the prompt
 * @param maxTokens most answer tokens
 * @param history the choice's prefixes and their vetoes
 * @param tally its rewinds so far
 */
record ChoiceJudge(
        Vocabulary vocabulary,
        TokenSequence sequence,
        int promptTokens,
        int maxTokens,
        ChoiceHistory history,
        Tally tally) {

    /** The verdict on a candidate behind a prefix. */
    Verdict judge(Position at, int token) {
        return judge(at, token, Set.of());
    }

    /**
     * The verdict on a candidate behind a prefix, with some soft rules lifted.
     *
     * @param lifted rules whose rejections do not count
     */
    Verdict judge(Position at, int token, Set<RuleId> lifted) {
        StopState stop = at.stop().after(vocabulary.bytes(token));
        boolean ends = ends(at, token, stop);
        Verdict verdict = bounded(at, at.guards().judge(token, ends, lifted));
        if (at.hasGap()) {
            verdict = stricter(verdict, rejecting(at.visible().judge(token, ends, lifted)));
        }
        if (stop.completed()) {
            verdict = stricter(verdict, bounded(at, atCut(at, token, stop.matchedBytes())));
        }
        RuleId veto = history.veto(at.length(), token);
        return veto == null ? verdict : stricter(verdict, new Verdict.Reject(veto, "rewind"));
    }

    /** Whether the answer ends with a token behind a prefix. */
    boolean ends(Position at, int token) {
        return ends(at, token, at.stop().after(vocabulary.bytes(token)));
    }

    private boolean ends(Position at, int token, StopState stop) {
        return vocabulary.endsTurn(token) || at.length() + 1 == maxTokens || stop.completed();
    }

    private static Verdict stricter(Verdict one, Verdict other) {
        if (one instanceof Verdict.Reject || other instanceof Verdict.Accept) {
            return one;
        }
        return other instanceof Verdict.Reject || !(one instanceof Verdict.Rewind) ? other : one;
    }

    private static Verdict rejecting(Verdict verdict) {
        return verdict instanceof Verdict.Rewind rewind ? new Verdict.Reject(rewind.rule(), "reject") : verdict;
    }

    /** What the guards say of the end of the text where a stop string that the token completes cuts it. */
    private Verdict atCut(Position at, int token, int matchedBytes) {
        byte[] bytes = vocabulary.bytes(token);
        int cut = matchedBytes;
        int position = at.length();
        while (cut > bytes.length) {
            cut -= bytes.length;
            position--;
            bytes = at.gaps().contains(position)
                    ? new byte[0]
                    : vocabulary.bytes(sequence.get(promptTokens + position));
        }
        Position before = position == at.length() ? at : history.at(position);
        return before.visible().judgeEnd(Arrays.copyOf(bytes, bytes.length - cut));
    }

    /** A rewind that cannot be had rejects instead: nothing to go back over, too late to, or once too often. */
    private Verdict bounded(Position at, Verdict verdict) {
        if (verdict instanceof Verdict.Rewind rewind) {
            if (rewind.position() >= at.length()) {
                return new Verdict.Reject(rewind.rule(), "rewind");
            }
            if (rewind.position() < history.watermark()) {
                return new Verdict.Reject(rewind.rule(), "reject");
            }
            if (tally.rewinds >= rewind.limit()) {
                return new Verdict.Reject(rewind.rule(), "withheld");
            }
        }
        return verdict;
    }
}
