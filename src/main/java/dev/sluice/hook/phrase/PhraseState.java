package dev.sluice.hook.phrase;

import dev.sluice.decode.Verdict;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.model.TokenMask;
import dev.sluice.token.Vocabulary;
import org.jspecify.annotations.Nullable;

/** Where the rules of a {@link PhraseHook} stand in one text; immutable but for what it remembers of its last answers. */
final class PhraseState implements HookState {
    private final PhraseHook hook;
    private final Masks masks;
    /** Answer position of the next token, or {@link Findings#IN_PROMPT}. */
    private final int position;

    private final int pending;
    private final int pendingBytes;
    private final int pendingStart;
    private final Track[] tracks;
    private @Nullable Step last;

    PhraseState(
            PhraseHook hook,
            Masks masks,
            int position,
            int pending,
            int pendingBytes,
            int pendingStart,
            Track[] tracks) {
        this.hook = hook;
        this.masks = masks;
        this.position = position;
        this.pending = pending;
        this.pendingBytes = pendingBytes;
        this.pendingStart = pendingStart;
        this.tracks = tracks;
    }

    /** A token, the verdict on it where the text goes on, and the state behind it. */
    private record Step(int token, Verdict verdict, PhraseState next) {}

    /** The state behind a prompt. */
    static PhraseState behind(PhraseHook hook, Masks masks, PromptContext prompt) {
        Vocabulary vocabulary = prompt.vocabulary();
        int[] tokens = prompt.tokens();
        int from = tokens.length;
        while (from > 0 && Workspace.isText(vocabulary, tokens[from - 1])) {
            from--;
        }
        Workspace workspace = hook.borrow();
        workspace.findings.clear();
        workspace.text.reset(0, 0, Findings.IN_PROMPT);
        for (int i = from; i < tokens.length; i++) {
            workspace.text.feed(vocabulary.bytes(tokens[i]), Findings.IN_PROMPT);
        }
        Track[] tracks = new Track[hook.automata().size()];
        for (int view = 0; view < tracks.length; view++) {
            tracks[view] = workspace.run(view, Track.FRESH).save();
        }
        PhraseState state = new PhraseState(
                hook, masks, 0, workspace.text.pending, workspace.text.pendingBytes, Findings.IN_PROMPT, tracks);
        hook.giveBack(workspace);
        return state;
    }

    @Override
    public Verdict judge(int token, boolean ends) {
        if (!ends || !Workspace.isText(masks.vocabulary(), token)) {
            return step(token).verdict;
        }
        Workspace workspace = hook.borrow();
        take(workspace, token, true);
        Verdict verdict = workspace.findings.verdict();
        hook.giveBack(workspace);
        return verdict;
    }

    @Override
    public Verdict judgeEnd(byte[] more) {
        Workspace workspace = hook.borrow();
        workspace.findings.clear();
        workspace.text.reset(pending, pendingBytes, pendingStart);
        workspace.text.feed(more, position);
        workspace.text.end();
        for (int view = 0; view < tracks.length; view++) {
            workspace.run(view, tracks[view]).end();
        }
        Verdict verdict = workspace.findings.verdict();
        hook.giveBack(workspace);
        return verdict;
    }

    @Override
    public HookState after(int token) {
        return step(token).next;
    }

    @Override
    public @Nullable TokenMask mask() {
        return hook.rejects() ? masks.of(pending, pendingBytes, tracks) : null;
    }

    @Override
    public int heldFrom() {
        int first = hook.rewinds() && pendingBytes > 0 ? pendingStart : NOTHING_HELD;
        for (int view = 0; view < tracks.length; view++) {
            Node[] nodes = hook.automata().get(view).nodes;
            for (long thread : tracks[view].threads()) {
                if (nodes[Threads.node(thread)].rewinds) {
                    first = Math.min(first, Threads.start(thread));
                    break;
                }
            }
        }
        if (first != Findings.IN_PROMPT) {
            return first;
        }
        return position == 0 ? NOTHING_HELD : 0;
    }

    /** Answers with the last step if it was the same token: judging is mostly followed by taking. */
    private Step step(int token) {
        Step known = last;
        if (known != null && known.token == token) {
            return known;
        }
        Workspace workspace = hook.borrow();
        Track[] next = take(workspace, token, false);
        Utf8 text = workspace.text;
        Step step = new Step(
                token,
                workspace.findings.verdict(),
                new PhraseState(hook, masks, position + 1, text.pending, text.pendingBytes, text.pendingStart, next));
        hook.giveBack(workspace);
        last = step;
        return step;
    }

    /** Takes all views over a token; what it completes is left in the workspace's findings. */
    private Track[] take(Workspace workspace, int token, boolean ends) {
        workspace.findings.clear();
        boolean over = workspace.decode(masks.vocabulary(), token, pending, pendingBytes, pendingStart, position, ends);
        Track[] next = new Track[tracks.length];
        for (int view = 0; view < next.length; view++) {
            Threads threads = workspace.run(view, tracks[view]);
            if (over) {
                threads.end();
            }
            next[view] = threads.save();
        }
        return next;
    }
}
