package dev.sluice.hook.unlearn;

import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.model.SentenceEncoder;
import dev.sluice.model.TokenMask;
import dev.sluice.token.Vocabulary;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a rule stands in the answer to a flagged prompt; immutable, but for whether the encoder has failed on this prompt.
 *
 * @param request what is the same for the whole answer
 * @param hard where the phrases stand
 * @param word the word that the text ends in
 */
record UnlearnState(Request request, HookState hard, FormingWord word) implements HookState {
    private static final Logger LOG = LoggerFactory.getLogger(UnlearnState.class);

    /**
     * What is the same for the whole answer.
     *
     * @param words of the forbidden phrases
     * @param said words that are free
     * @param broken whether the encoder failed, and the policy lets the answer go on
     */
    record Request(
            UnlearnRule rule,
            PhraseWords words,
            Set<String> said,
            SentenceEncoder encoder,
            Vocabulary vocabulary,
            AtomicBoolean broken) {}

    /** The state behind a flagged prompt. */
    static UnlearnState behind(
            UnlearnRule rule,
            GuardedAnswers.Guarded guarded,
            Set<String> said,
            SentenceEncoder encoder,
            PromptContext prompt) {
        Request request = new Request(rule, guarded.words(), said, encoder, prompt.vocabulary(), new AtomicBoolean());
        return new UnlearnState(request, guarded.hard().start(prompt), FormingWord.NONE);
    }

    /** A phrase that can be gone back on is, whatever its last word means; going back leaves nothing of it to be seen. */
    @Override
    public Verdict judge(int token, boolean ends) {
        Verdict phrase = hard.judge(token, ends);
        if (!(phrase instanceof Verdict.Accept)) {
            return phrase;
        }
        Semantic semantic = request.rule.semantic();
        if (semantic == null || request.words.isEmpty() || request.broken.get() || !isText(token)) {
            return Verdict.ACCEPT;
        }
        double greatest;
        try {
            greatest = similarity(token);
        } catch (RuntimeException e) {
            if (!request.rule.open()) {
                throw new HookFailedException(request.rule.id(), e);
            }
            if (!request.broken.getAndSet(true)) {
                LOG.warn("rule {} cannot be asked, and its policy says on-failure: open", request.rule.id(), e);
            }
            return Verdict.ACCEPT;
        }
        if (greatest >= semantic.threshold()) {
            return new Verdict.Reject(request.rule.semanticId(), "reject");
        }
        return semantic.below() == Below.PAPER && greatest > 0
                ? new Verdict.Penalize(greatest, request.rule.semanticId())
                : Verdict.ACCEPT;
    }

    /** The greatest similarity of the words that a token goes on or begins; −1 where none is compared. */
    private double similarity(int token) {
        double greatest = -1;
        for (String formed : word.with(request.vocabulary.bytes(token))) {
            if (ForgetIndex.isCompared(formed) && !request.said.contains(formed)) {
                greatest = Math.max(greatest, request.words.similarity(formed, request.encoder));
            }
        }
        return greatest;
    }

    @Override
    public Verdict judgeEnd(byte[] more) {
        return hard.judgeEnd(more);
    }

    @Override
    public HookState after(int token) {
        FormingWord next = isText(token) ? word.after(request.vocabulary.bytes(token)) : FormingWord.NONE;
        return new UnlearnState(request, hard.after(token), next);
    }

    @Override
    public @Nullable TokenMask mask() {
        return hard.mask();
    }

    @Override
    public int heldFrom() {
        return hard.heldFrom();
    }

    @Override
    public @Nullable RuleId failed() {
        return request.broken.get() ? request.rule.id() : null;
    }

    private boolean isText(int token) {
        return token >= 0 && token < request.vocabulary.size() && !request.vocabulary.isControl(token);
    }
}
