package dev.sluice.hook.phrase;

import dev.sluice.token.Vocabulary;
import java.util.List;

/** What taking a state over a token needs besides the state; reused, for one thread at a time. */
final class Workspace {
    final Utf8 text = new Utf8();
    final Findings findings;
    private final Threads[] threads;

    Workspace(List<PhraseRule> rules, List<Automaton> automata) {
        findings = new Findings(rules);
        threads = automata.stream()
                .map(automaton -> new Threads(automaton, findings))
                .toArray(Threads[]::new);
    }

    /**
     * Decodes one token behind unfinished bytes; true if the text ends with it.
     *
     * @param position the token's answer position
     * @param ends whether the text ends with it even if it is one of text
     */
    boolean decode(
            Vocabulary vocabulary,
            int token,
            int pending,
            int pendingBytes,
            int pendingStart,
            int position,
            boolean ends) {
        text.reset(pending, pendingBytes, pendingStart);
        boolean isText = isText(vocabulary, token);
        if (isText) {
            text.feed(vocabulary.bytes(token), position);
        }
        boolean over = ends || !isText;
        if (over) {
            text.end();
        }
        return over;
    }

    /** Whether a token has text; one that has not, or is unknown, ends the text before it. */
    static boolean isText(Vocabulary vocabulary, int token) {
        return token >= 0 && token < vocabulary.size() && !vocabulary.isControl(token);
    }

    /** Runs one view over the code points decoded so far; the track is loaded first. */
    Threads run(int view, Track track) {
        Threads running = threads[view];
        running.load(track);
        for (int i = 0; i < text.size; i++) {
            running.feed(text.codes[i], text.starts[i]);
        }
        return running;
    }

    /** Says whether matches may begin. */
    void enters(boolean may) {
        for (Threads each : threads) {
            each.enters = may;
        }
    }
}
