package dev.sluice.hook.phrase;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.token.Vocabulary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Forbids phrases and patterns in the text of the answer.
 *
 * <p>Tokens are turned into characters, characters into the symbols of each {@link PhraseRule.Match} level that a rule
 * uses, and the symbols drive one automaton a level, so that every tokenisation of a phrase is covered, across the border
 * between prompt and answer too. A match that is complete within the prompt does not matter; one that began there and
 * would complete in the answer is rejected. A control token ends the text, as the end of a turn does.
 *
 * <p>In patterns {@code ^} is the beginning of the answer and {@code $} the end of the text; {@code \d}, {@code \w},
 * {@code \s} and {@code \b} follow Unicode. Their literals and classes are folded as the text is. Quantifiers are greedy or
 * lazy alike, since the first completion counts.
 *
 * <p>Cost: a character visits at most every automaton node once (with a {@code max-length}, every node and length); with
 * banned strings alone that is a handful of nodes, however many strings there are. A state holds its live threads, eight
 * bytes each. Masks are computed on first use: one walk over the vocabulary (some ten milliseconds for 50,000 tokens) for
 * each kind of neighbouring character, then well under a millisecond for each set of begun matches, kept.
 *
 * <p>Immutable and thread-safe.
 *
 * <p><b>Limitations.</b> Rules see spelling, not meaning: no level catches synonyms, translations, descriptions, text
 * that is encoded (base64, rot13, Morse), reversed, or spread over several answers.
 * <ul>
 *   <li>{@code exact} catches the very code points and nothing else: not even another case, unless the pattern says
 *       {@code (?i)}.
 *   <li>{@code folded} does not see through separators between letters ({@code N-i-g-h-t}), through ASCII written for other
 *       ASCII ({@code n1ght}, {@code l} for {@code I}), through several letters that look like one ({@code rn} for
 *       {@code m}), or through letters turned upside down or otherwise alike without being in Unicode's data. A banned
 *       string in another script is not seen when Latin letters stand for its small letters, nor a Greek iota subscript
 *       written out in capitals, nor marks alone, put behind a match that the prompt had completed. It catches too much where marks carry the word: {@code resume} also forbids
 *       {@code résumé}, and Indic vowel signs are marks. {@code \d} also takes letters of other scripts that look like
 *       digits.
 *   <li>{@code loose} does not see through more than 16 separators in a row, through letters or digits put between the
 *       letters, or through swaps beyond {@code 0o 1il 2z 3e 4a 5s 6gb 7t 8b 9g !il |il @a $s +t €e}. It catches too much by
 *       its nature: {@code night} also forbids {@code in ight}, {@code fourni ght} and {@code n 16 ht}; use it for long phrases
 *       or with {@code whole-word}.
 *   <li>{@code whole-word} can be got around by gluing letters to the phrase, and a match is complete only once the
 *       character behind it is seen.
 *   <li>With {@code reject} nothing is held back. A rule that looks at the end of the text ({@code whole-word}, {@code \b},
 *       {@code $}) keeps an answer from being ended there, but a stream that breaks off at its deadline, or because the
 *       client leaves, may break off there. {@code rewind} holds such text back.
 *   <li>A match longer than a pattern's {@code max-length} is not one.
 *   <li>With {@code rewind}, in {@code folded} and {@code loose}, a run of more than 16 ignorable or white-space characters
 *       behind the beginning of a phrase is rejected, whether the phrase would have followed or not.
 * </ul>
 */
public final class PhraseHook implements GuardHook {
    private final List<PhraseRule> rules;
    private final List<Automaton> automata;
    private final int holdBack;
    private final boolean rewinds;
    private final boolean rejects;
    private final AtomicReference<@Nullable Workspace> spare = new AtomicReference<>();
    private final Map<Vocabulary, Masks> masks = new ConcurrentHashMap<>();

    PhraseHook(List<PhraseRule> rules, List<Automaton> automata, int holdBack) {
        this.rules = rules;
        this.automata = automata;
        this.holdBack = holdBack;
        this.rewinds = automata.stream().anyMatch(automaton -> automaton.rewinds);
        this.rejects = automata.stream().anyMatch(automaton -> automaton.rejects);
    }

    /**
     * Compiles rules into one automaton a match level.
     *
     * @throws PhraseException if a rule cannot be enforced, naming it
     */
    public static PhraseHook compile(List<PhraseRule> rules) {
        return new PhraseCompiler(List.copyOf(rules)).compile();
    }

    @Override
    public HookState start(PromptContext prompt) {
        Masks shared = masks.computeIfAbsent(prompt.vocabulary(), vocabulary -> new Masks(this, vocabulary));
        return PhraseState.behind(this, shared, prompt);
    }

    /**
     * {@inheritDoc}
     *
     * <p>In code points of the text: {@code exact} holds at most the longest match of a rewind rule; {@code folded}
     * holds 17 times as many, since up to 16 ignorable or white-space characters may follow each character of the match,
     * and {@code loose} 33 times as many, since up to 16 separators may besides. Text is released in whole tokens, so the rest of the token in
     * which a match begins comes on top.
     */
    @Override
    public int holdBack() {
        return holdBack;
    }

    /** The automata, one for each level in use. */
    List<Automaton> automata() {
        return automata;
    }

    /** Whether any rule rewinds, so that text may have to be held. */
    boolean rewinds() {
        return rewinds;
    }

    /** Whether any rule rejects, so that there is something to mask. */
    boolean rejects() {
        return rejects;
    }

    /** A workspace for one thread until it is given back. */
    Workspace borrow() {
        Workspace workspace = spare.getAndSet(null);
        return workspace != null ? workspace : new Workspace(rules, automata);
    }

    /** Takes a workspace back. */
    void giveBack(Workspace workspace) {
        spare.set(workspace);
    }
}
