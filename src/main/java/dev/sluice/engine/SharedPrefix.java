package dev.sluice.engine;

import dev.sluice.draft.TokenSequence;
import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import org.jspecify.annotations.Nullable;

/**
 * How one choice reuses what others, or an earlier lane of its own, computed of its sequence: by full KV pages. Engine loop
 * only. Changes when a token is known, never which.
 */
final class SharedPrefix {
    private final @Nullable CacheScope scope;
    private final TokenSequence sequence;
    private final int promptLength;
    private int pageSize = 1;
    /** Prompt tokens that were adopted or computed, in any lane so far. */
    private int known;

    private int adopted;

    /**
     * A choice's own.
     *
     * @param scope whose pages it shares, or null for nobody's
     * @param sequence the prompt, to which the answer is appended
     */
    SharedPrefix(@Nullable CacheScope scope, TokenSequence sequence) {
        this.scope = scope;
        this.sequence = sequence;
        this.promptLength = sequence.length();
    }

    /** Opens an empty lane for the sequence. */
    ModelSession open(CausalModel model) {
        pageSize = model.pageSize();
        return scope == null ? model.open() : model.open(scope);
    }

    /** Takes into the lane what is already computed of the sequence, if more than the last token is missing. */
    void adopt(ModelSession lane) {
        if (scope != null && isMissing(lane)) {
            lane.adopt(sequence.slice(0, sequence.length()));
            adopted += Math.max(0, Math.min(lane.length(), promptLength) - known);
            reached(lane.length());
        }
    }

    /** Notes that the sequence was computed up to a length. */
    void reached(int length) {
        known = Math.max(known, Math.min(length, promptLength));
    }

    /** Whether another choice, whose lane has come so far, is about to compute a page that this lane could adopt. */
    boolean gainsFrom(SharedPrefix other, int otherLength, ModelSession lane) {
        if (scope == null || !scope.equals(other.scope) || !isMissing(lane)) {
            return false;
        }
        int common = sequence.commonPrefix(other.sequence) / pageSize * pageSize;
        return common > lane.length() && common > otherLength;
    }

    /** Prompt tokens that were adopted before this choice had computed them. */
    int adopted() {
        return adopted;
    }

    private boolean isMissing(ModelSession lane) {
        return sequence.length() - lane.length() > 1;
    }
}
