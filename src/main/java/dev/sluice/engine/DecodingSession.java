package dev.sluice.engine;

import dev.sluice.decode.Choice;
import dev.sluice.decode.Judge;
import dev.sluice.decode.RuleId;
import dev.sluice.decode.Verdict;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Growth;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.GenerationEvent.FinishReason;
import dev.sluice.engine.GenerationEvent.ReleasedToken;
import dev.sluice.hook.HookFailedException;
import dev.sluice.hook.HookState;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.CausalModel;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One choice being decoded: the only mutable thing of the law. Engine loop only.
 *
 * <p>{@link #step} is the whole of decoding; plain decoding is a tree without nodes. The emitted tokens are a pure
 * function of prompt, sampling, seed and policies: drafts, batch mates, chunks and suspended pages change when a token
 * is known, never which.
 */
final class DecodingSession {
    private static final Logger log = LoggerFactory.getLogger(DecodingSession.class);

    private final ActiveRequest request;
    private final int choice;
    private final Law law;
    private final SessionDraft draft;
    /** The first one is what hooks, heads and drafters read. */
    private final List<Lane> lanes;

    private final Lane first;
    private final ChoiceHistory history;
    private final ReleaseWindow window;
    private final Tally tally = new Tally();
    private final ChoiceJudge judge;
    private final HeadJudge heads;
    private final LaneVotes votes = new LaneVotes();
    private final List<AcceptanceHead> shadowHeads;
    private final Set<RuleId> relaxed;
    private final Set<RuleId> failures = new HashSet<>();
    private @Nullable EngineException failure;
    private boolean finished;
    private boolean ended;
    /** Whether the guards wait for what the model makes of the prompt. */
    private boolean prompting;

    private DraftTree tree;
    private List<RowQuery> queries = List.of();

    /** A choice that waits for its place; holds no memory of the model. */
    DecodingSession(ActiveRequest request, int choice, Law law, Drafter drafter, Position start) {
        this.request = request;
        this.choice = choice;
        this.law = law;
        this.draft = new SessionDraft(drafter, request.speculation(), tally);
        this.lanes = request.lanes();
        this.first = lanes.get(0);
        this.history = new ChoiceHistory(start);
        this.window = new ReleaseWindow(choice);
        this.judge = new ChoiceJudge(
                law.vocabulary(), first.sequence(), first.place(0), request.maxTokens(), history, tally);
        this.heads = new HeadJudge(
                ActiveRequest.heads(request.policies(), false),
                request.speculation().enabled());
        this.relaxed = request.relaxed();
        this.shadowHeads = ActiveRequest.heads(request.policies(), true).stream()
                .map(AcceptanceHead::opened)
                .toList();
        this.prompting = request.readsPrompt();
        this.tree = history.tree(0, law.vocabulary(), request.maxTokens());
    }

    /** One pass for all running sessions. Their trees grow together, as far as the pass is worth it. */
    static void step(CausalModel model, List<DecodingSession> sessions, DraftPlan plan, TurnClock turns) {
        turns.enter(TurnClock.Phase.DRAFT);
        int share = model.maxTreeNodes()
                / Math.max(1, sessions.stream().mapToInt(s -> s.lanes.size()).sum());
        sessions.forEach(session -> session.guarded(() -> session.propose(share)));
        plan.grow(sessions);
        sessions.forEach(session -> session.guarded(session::ask));
        List<DecodingSession> running =
                sessions.stream().filter(DecodingSession::running).toList();
        if (running.isEmpty()) {
            return;
        }
        List<Segment> segments =
                running.stream().flatMap(DecodingSession::segments).toList();
        long start = turns.enter(TurnClock.Phase.FORWARD);
        try (Pass pass = model.forward(segments)) {
            HeadOutputs outputs = new HeadOutputs(pass);
            turns.enter(TurnClock.Phase.RANK);
            List<RankedRow> ranked =
                    pass.rank(running.stream().flatMap(DecodingSession::asked).toList());
            turns.enter(TurnClock.Phase.WALK);
            int firstRow = 0;
            for (DecodingSession session : running) {
                VerifiedRows rows =
                        new VerifiedRows(pass, ranked, outputs, session.queries, firstRow, session.lanes.size());
                session.guarded(() -> session.advance(rows));
                firstRow += rows.size() * session.lanes.size();
            }
            plan.learn(running, turns.enter(TurnClock.Phase.RELEASE) - start);
            running.forEach(session -> session.guarded(session::release));
            turns.enter(TurnClock.Phase.FREE);
        }
    }

    /**
     * Begins a tree behind the last token, once all before it is committed.
     *
     * @param share most tokens that it may bring to a pass of trees
     */
    private void propose(int share) {
        int room = decodes() && !prompting ? Math.max(0, Math.min(share - chunk(), draftRoom())) : 0;
        int candidates = decodes() ? Math.min(candidateRoom(), Math.max(1, share - chunk())) : 0;
        tree = history.tree(Math.max(room, candidates), law.vocabulary(), request.maxTokens());
        heads.pending().stream().limit(candidates).forEach(tree::require);
        draft.begin(first.sequence(), tree, history.current().guards().forced());
    }

    /** Draft nodes that the request, the pass and the rest of the answer have room for. */
    private int draftRoom() {
        int rest = request.maxTokens() - history.current().length() - 1;
        return Math.max(0, Math.min(rest, Math.min(draft.mostNodes(), law.maxSegment() - chunk())));
    }

    /** Candidates below the root that the acceptance heads wait for and the next pass has room for. */
    private int candidateRoom() {
        int rest = request.maxTokens() - history.current().length();
        return Math.min(heads.pending().size(), Math.min(rest, law.maxSegment() - chunk()));
    }

    /** Settles the tree: what is asked of its rows. */
    private void ask() {
        queries = new ArrayList<>();
        for (int node = TreeBuilder.ROOT; decodes() && node < tree.size(); node++) {
            queries.add(law.query(tree.position(node)));
        }
    }

    /** This session's parts of the pass, one a lane: what is not committed yet, and the tree behind it. */
    private Stream<Segment> segments() {
        return lanes.stream().filter(lane -> lane.chunk() > 0).map(lane -> lane.segment(tree, queries.size()));
    }

    /** What is asked of its rows, lane by lane. */
    private Stream<RowQuery> asked() {
        return lanes.stream().flatMap(lane -> queries.stream());
    }

    /** Walks the verified tree and keeps what was accepted. */
    private void advance(VerifiedRows rows) {
        lanes.forEach(Lane::reached);
        if (rows.size() == 0) {
            lanes.forEach(lane -> lane.commitChunk(tree));
            return;
        }
        tally.passes++;
        rows.requireNumbers();
        readPrompt();
        draft.learn(rows, first.last());
        int last = walk(rows);
        draft.count(last);
        lanes.forEach(lane -> lane.keep(tree, last));
    }

    /** Before the first answer token: lets the guards see what the model made of the prompt. */
    private void readPrompt() {
        if (prompting) {
            prompting = false;
            history.prompted(layer -> first.meanState(layer, tree));
            tree = history.tree(0, law.vocabulary(), request.maxTokens());
        }
    }

    /** Releases what may leave; frees the lane at the end. */
    private void release() {
        if (finished) {
            close();
        } else {
            emit(window.release(
                    history.watermark(),
                    history.current().stop().pendingBytes(),
                    history.current().gaps()));
        }
    }

    /** From the root: choose, descend if a child carries the chosen token, otherwise stop. Returns the last node. */
    private int walk(VerifiedRows rows) {
        int node = TreeBuilder.ROOT;
        Position at = tree.position(node);
        judgeInShadow(rows, node, at);
        Set<RuleId> lifted = Set.of();
        while (true) {
            Position here = at;
            Set<RuleId> now = lifted;
            Judge guards = token -> judge.judge(here, token, now);
            Choice chosen = law.choose(rows, node, here, guards, heads.at(rows, tree, node));
            if (chosen.isOpen()) {
                heads.await(chosen.pending());
                return node;
            }
            if (chosen.token() == Choice.NONE && lifted.isEmpty() && !relaxed.isEmpty()) {
                lifted = relaxed;
                continue;
            }
            Position withholding = record(here, chosen);
            if (!withholding.equals(here)) {
                // What is visible has changed: choose again against it. The gap grows each time, so this ends.
                history.withhold(withholding);
                at = withholding;
                continue;
            }
            if (chosen.token() == Choice.NONE) {
                history.record(here.length(), null, "dead-end");
                finish(FinishReason.CONTENT_FILTER, here.guards().heldFrom(), 0);
                return node;
            }
            if (chosen.verdict() instanceof Verdict.Rewind rewind) {
                rewind(rewind);
                return node;
            }
            recordRelaxed(here, chosen.token(), lifted);
            lifted = Set.of();
            int child = here.equals(tree.position(node)) ? tree.child(node, chosen.token()) : TreeBuilder.REFUSED;
            at = child == TreeBuilder.REFUSED
                    ? here.after(chosen.token(), law.vocabulary().bytes(chosen.token()))
                    : tree.position(child);
            boolean[] rejecting =
                    request.request().report() ? law.rejecting(rows, node, here, chosen.token()) : new boolean[0];
            append(
                    here,
                    at,
                    rejecting,
                    law.released(
                            rows, node, here, chosen.token(), request.request().logprobs(), guards));
            if (finished || child == TreeBuilder.REFUSED) {
                return node;
            }
            node = child;
            judgeInShadow(rows, node, at);
        }
    }

    /** Records the soft rules without which a token could be chosen at all. */
    private void recordRelaxed(Position at, int token, Set<RuleId> lifted) {
        if (!lifted.isEmpty() && judge.judge(at, token) instanceof Verdict.Reject reject) {
            history.record(at.length(), reject.rule(), "relax");
        }
    }

    /** Records the rules that could not be asked and are left out from here on. */
    private void recordFailures(Position at) {
        Stream.concat(at.guards().failed().stream(), heads.failed().stream())
                .filter(failures::add)
                .forEach(rule -> {
                    history.recordFailure(at.length(), rule);
                    log.warn("{}: rule {} cannot be asked, and its policy says on-failure: open", this, rule);
                });
    }

    /** Records what the heads in shadow would have rejected: the token of a node, now that it was run. */
    private void judgeInShadow(VerifiedRows rows, int node, Position at) {
        RuleId rule = at.length() == 0 ? null : HeadJudge.rejectedBy(shadowHeads, rows, node, failed -> {});
        if (rule != null) {
            history.recordShadow(at.length() - 1, rule);
        }
    }

    /**
     * Records what the guards refused; a rule that may rewind no more withholds the begun match instead.
     *
     * @return the prefix, with what is to be withheld left out of what is visible
     */
    private Position record(Position at, Choice chosen) {
        int first = at.gaps().startBefore(at.length());
        int begins = first;
        for (Choice.Refusal refusal : chosen.refused()) {
            if (refusal.verdict() instanceof Verdict.Reject reject
                    && reject.kind().equals("withheld")
                    && at.guards().judge(refusal.token(), judge.ends(at, refusal.token()))
                            instanceof Verdict.Rewind begun) {
                begins = Math.min(begins, at.gaps().startAt(begun.position()));
                history.record(begun.position(), begun.rule(), "withheld");
                history.record(at.length(), begun.rule(), "reject");
            } else {
                history.record(at, refusal);
            }
        }
        return begins == first ? at : at.withholdingSince(history.at(begins));
    }

    private void append(Position at, Position next, boolean[] rejecting, ReleasedToken token) {
        recordFailures(at);
        history.recordShadow(at, token.id(), judge.ends(at, token.id()));
        history.extend(next);
        heads.moved();
        votes.add(rejecting);
        lanes.forEach(lane -> lane.sequence().append(token.id()));
        window.add(token);
        tally.emitted++;
        if (law.vocabulary().endsTurn(token.id())) {
            finish(FinishReason.STOP, HookState.NOTHING_HELD, 0);
        } else if (next.stop().completed()) {
            finish(FinishReason.STOP, next.guards().heldFrom(), next.stop().matchedBytes());
        } else if (next.length() == request.maxTokens()) {
            finish(FinishReason.LENGTH, next.guards().heldFrom(), 0);
        }
    }

    /** Goes back to the token that holds the first character of the match and vetoes it there. */
    private void rewind(Verdict.Rewind rewind) {
        int position = rewind.position();
        history.rewind(position, first.sequence().get(first.place(position)), rewind.rule());
        lanes.forEach(lane -> lane.sequence().truncate(lane.place(position)));
        window.truncate(position);
        votes.truncate(position);
        heads.moved();
        tally.rewinds++;
    }

    /** Ends the choice; a match that is only begun is dropped from every channel. */
    private void finish(FinishReason reason, int heldFrom, int stopBytes) {
        finished = true;
        int dropped = Math.max(heldFrom, history.watermark());
        while (dropped < history.current().length()
                && dropped > history.watermark()
                && !(history.at(dropped).visible().judgeEnd(new byte[0]) instanceof Verdict.Accept)) {
            // The end that dropping makes would complete another match: that goes too.
            dropped--;
        }
        if (dropped < history.current().length()) {
            history.record(dropped, null, "withheld");
        }
        emit(window.finish(dropped, stopBytes, history.current().gaps()));
        request.stream().emit(new GenerationEvent.Finished(choice, reason));
    }

    private void emit(GenerationEvent.@Nullable Delta delta) {
        if (delta != null) {
            request.stream().emit(delta);
        }
    }

    /** Runs a part of the step; a defect in it ends this choice, closed, and no other. */
    private void guarded(Runnable part) {
        try {
            part.run();
        } catch (HookFailedException e) {
            log.error("{}: {}", this, e.getMessage(), e.getCause());
            fail(EngineException.of(e));
        } catch (RuntimeException e) {
            log.error("{} failed", this, e);
            fail(new EngineException(
                    Code.INTERNAL, null, "request " + request.id() + " failed; the log of the server says where"));
        }
    }

    /** Takes a place in the batch, with lanes of its own. */
    void start(CausalModel model) {
        lanes.forEach(lane -> lane.open(model));
    }

    /** Gives the lanes' pages back and waits; what was decoded stays, and its pages while nobody needs the memory. */
    void suspend() {
        lanes.forEach(Lane::close);
    }

    /**
     * Takes over what is already computed of the sequence, and says whether a session of the next pass computes more
     * of it: then it pays to sit that pass out. Precedes {@link #reserve}.
     */
    boolean awaits(List<DecodingSession> ahead) {
        guarded(() -> lanes.forEach(Lane::adopt));
        return running()
                && ahead.stream()
                        .flatMap(other -> other.lanes.stream())
                        .anyMatch(other -> lanes.stream().anyMatch(lane -> lane.gainsFrom(other)));
    }

    /**
     * Decides how much of the sequence goes into the next pass and makes sure of the memory; a defect in it ends this
     * choice, and true is returned. Precedes each {@link #step}.
     */
    boolean reserve() {
        boolean[] reserved = {true};
        guarded(() -> {
            boolean last = lanes.stream().allMatch(lane -> lane.rest() <= law.prefillChunk());
            lanes.forEach(lane ->
                    lane.chunk(last ? lane.rest() : lane.rest() <= law.prefillChunk() ? 0 : law.prefillChunk()));
            int nodes = last ? Math.max(draftRoom(), candidateRoom()) : 0;
            reserved[0] = lanes.stream().allMatch(lane -> lane.reserve(nodes));
        });
        return reserved[0];
    }

    /** Ends with an error. */
    void fail(EngineException error) {
        failure = error;
        close();
    }

    /** Whether the next pass yields a token, because all of the sequence is in it. */
    boolean decodes() {
        return running() && lanes.stream().allMatch(Lane::isComplete);
    }

    /** The tree where it grows by cost, else nothing to grow; a defect in growing ends this choice. */
    Growth growth() {
        return draft.growth(lanes.size(), this::guarded);
    }

    /** Nodes in the tree so far. */
    int nodes() {
        return tree.size();
    }

    /** Tokens of the sequence in the pass, of the lane that has most. */
    int chunk() {
        return lanes.stream().mapToInt(Lane::chunk).max().orElse(0);
    }

    /** Number of lanes. */
    int lanes() {
        return lanes.size();
    }

    /** Whether drafting did not pay in the latest passes. */
    boolean switchedOff() {
        return draft.switchedOff();
    }

    /** Frees the lane; nothing more is decoded. Idempotent. */
    void close() {
        finished = true;
        lanes.forEach(Lane::close);
        if (!ended) {
            ended = true;
            draft.finish(first.sequence());
        }
    }

    /** The request that the choice belongs to. */
    ActiveRequest request() {
        return request;
    }

    /** Whether the choice holds a place in the batch. */
    boolean running() {
        return first.isOpen() && !finished;
    }

    /** Whether the choice waits for a place. */
    boolean waiting() {
        return !first.isOpen() && !finished;
    }

    /** Whether the choice has ended. */
    boolean finished() {
        return finished;
    }

    /** Why it failed, or null. */
    @Nullable
    EngineException failure() {
        return failure;
    }

    /** Tokens of prompt and answer, of all lanes together. */
    int contextLength() {
        return lanes.stream().mapToInt(lane -> lane.sequence().length()).sum();
    }

    /** Counts so far. */
    Tally tally() {
        return tally;
    }

    /** Prompt tokens that it did not have to compute. */
    int cached() {
        return first.cached();
    }

    /** Tokens released so far. */
    int released() {
        return window.released();
    }

    /** What each persona alone would have done otherwise. */
    List<Report.Vote> votes() {
        PersonaPrompt persona = request.request().persona();
        return persona == null || lanes.size() == 1 || !request.request().report()
                ? List.of()
                : votes.of(
                        choice,
                        persona.lanes().stream().map(PersonaPrompt.Lane::name).toList(),
                        history.current().gaps(),
                        window.released());
    }

    /** What the guards did. */
    List<Report.Intervention> interventions() {
        return history.interventions(choice);
    }

    @Override
    public String toString() {
        return "choice " + choice + " of request " + request.id() + " (seed " + law.seed() + ", revision "
                + request.revision() + ", token " + history.current().length() + ")";
    }
}
