package dev.sluice.hook.unlearn;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.hook.PromptReading;
import dev.sluice.hook.Unasked;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.SentenceEncoder;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a model act as if it had not learned the answers of a forget set, one rule.
 *
 * <p>After GUARD (arXiv 2505.13312). A prompt is flagged where the {@link Router} says so, or where what people said in it is
 * close to a question or answer of the forget set by a sentence encoder. The answers closest to it are looked up, and their
 * {@linkplain PhraseExtractor phrases} may not be said. Hard: a phrase, or {@code ratio} of its words from the beginning,
 * in any case and tokenisation, is gone back on before any of it is seen. Semantic: the word being formed, of at least three
 * letters, may not be too like a word of the phrases. Words that the user said, and stop words, are free. An unflagged prompt
 * is untouched.
 *
 * <p>Deviations from the published form: sampling instead of beam search, so that penalties weigh on the request's own
 * distribution and every word is judged before it is seen; phrases are found by what they say and not every n-gram; questions
 * are looked up beside answers; a negative cosine is no bonus ({@link UnlearnRule.Below#PAPER}), and by default words below
 * the threshold cost nothing.
 *
 * <p>Cost: the encoder reads the prompt's last turns once, on the caller's thread; on a flagged prompt each new word near the
 * top of the ranking once. The semantic part may be lifted at a dead end; the hard part may not.
 *
 * <p>Where router or encoder fail, {@code on-failure: closed} throws {@link HookFailedException}, from any method but
 * {@link #holdBack}; with {@code open} what needs them is left out for the rest of the answer, which
 * {@link HookState#failed} tells, and phrases that are known by then stay forbidden.
 *
 * <p><em>Limitations</em>: the knowledge stays in the weights; this is a filter. A prompt that is not recognised (another
 * language, a riddle, a question spread over several turns, or hidden in the middle of a long one: looked up are eight turns and eight
 * instructions, of each the beginning and the end, and of the latest 16 sentences) is answered in full. Only what the looked-up answers say is
 * forbidden, in their words or like ones: the same fact told in other words, by a description, in another language or
 * letter by letter gets through, and so do facts of the forget set that another of its answers holds. The encoder judges short
 * names by their letters, so that it forbids some that have nothing to do with it. Words of fewer than three letters, and
 * digits, are judged by hard phrases alone.
 */
public final class UnlearnHook implements GuardHook {
    private static final Logger LOG = LoggerFactory.getLogger(UnlearnHook.class);
    private static final int FOLDED = 17;

    private final UnlearnRule rule;
    private final Supplier<SentenceEncoder> encoder;
    private final GuardedAnswers guarded;
    private final int holdBack;

    /**
     * A hook.
     *
     * @param encoder gives the sentence encoder, which belongs to somebody else; asked for when a prompt first needs it
     */
    public UnlearnHook(UnlearnRule rule, Supplier<SentenceEncoder> encoder) {
        this.rule = rule;
        this.encoder = encoder;
        this.guarded = new GuardedAnswers(rule);
        this.holdBack = FOLDED * rule.index().longestPhrase();
    }

    /** Whether a state, once the model has read the prompt, is that of a flagged one. */
    public static boolean isFlagged(HookState state) {
        return state instanceof UnlearnState;
    }

    /** The rule that is enforced. */
    public UnlearnRule rule() {
        return rule;
    }

    @Override
    public int[] promptLayers() {
        return rule.router() == null ? new int[0] : new int[] {rule.router().layer()};
    }

    @Override
    public void require(ModelDescription model) {
        requireEncoder();
        Router router = rule.router();
        if (router == null) {
            return;
        }
        if (!router.fingerprint().equals(model.fingerprint())) {
            throw new IllegalArgumentException("the router of rule " + rule.id() + " was trained for the model "
                    + router.fingerprint() + ", but the one loaded is " + model.fingerprint()
                    + "; train one for it with train router, or say router: none");
        }
        if (!router.precision().equals(model.precision())) {
            LOG.warn(
                    "The router of rule {} was trained at precision {}, but the model runs at {}: prompts near its threshold"
                            + " may be judged otherwise, as its CARD.md says",
                    rule.id(),
                    router.precision(),
                    model.precision());
        }
    }

    /** Loads the encoder and computes the vectors of the forget set where they did not come with it. */
    private void requireEncoder() {
        try {
            rule.index().vectors(encoder.get());
        } catch (RuntimeException e) {
            if (!rule.open()) {
                throw new IllegalArgumentException(
                        "rule " + rule.id() + " cannot use the sentence encoder: " + e.getMessage(), e);
            }
            LOG.warn("rule {} cannot use the sentence encoder, and its policy says on-failure: open", rule.id(), e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>In code points, as for phrases at level {@code folded}: 17 times the longest phrase of the forget set.
     */
    @Override
    public int holdBack() {
        return holdBack;
    }

    @Override
    public HookState start(PromptContext prompt) {
        PromptText text = PromptText.of(prompt);
        List<ForgetIndex.Hit> hits;
        try {
            hits = rule.index().best(text.queries(), rule.answers(), encoder.get());
        } catch (RuntimeException e) {
            return failed(e);
        }
        if (hits.isEmpty()) {
            return Unasked.CONTENT;
        }
        if (hits.get(0).score() >= rule.similarity()) {
            return guard(prompt, text, hits);
        }
        return rule.router() == null ? Unasked.CONTENT : new Waiting(this, rule.router(), prompt, text, hits);
    }

    /** The state behind a flagged prompt. */
    private HookState guard(PromptContext prompt, PromptText text, List<ForgetIndex.Hit> hits) {
        Set<String> said = rule.excludePromptWords() ? text.words() : Set.of();
        try {
            GuardedAnswers.Guarded answers =
                    guarded.of(hits.stream().map(ForgetIndex.Hit::entry).toList(), said, encoder.get());
            return UnlearnState.behind(rule, answers, said, encoder.get(), prompt);
        } catch (RuntimeException e) {
            return failed(e);
        }
    }

    private HookState failed(RuntimeException cause) {
        if (!rule.open()) {
            throw new HookFailedException(rule.id(), cause);
        }
        LOG.warn("rule {} cannot be asked, and its policy says on-failure: open", rule.id(), cause);
        return new Unasked(rule.id());
    }

    /** A prompt that the model has not read yet. */
    private record Waiting(
            UnlearnHook hook, Router router, PromptContext prompt, PromptText text, List<ForgetIndex.Hit> hits)
            implements HookState {
        @Override
        public HookState prompted(PromptReading reading) {
            boolean flagged;
            try {
                flagged = router.probability(reading.mean(router.layer())) > router.threshold();
            } catch (RuntimeException e) {
                return hook.failed(e);
            }
            return flagged ? hook.guard(prompt, text, hits) : Unasked.CONTENT;
        }

        @Override
        public Verdict judge(int token, boolean ends) {
            return Verdict.ACCEPT;
        }

        @Override
        public HookState after(int token) {
            return this;
        }
    }
}
