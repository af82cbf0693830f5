package dev.sluice.engine;

import dev.sluice.draft.TokenSequence;
import dev.sluice.draft.TreeBuilder;
import dev.sluice.model.CacheScope;
import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One prompt context of a choice, with the answer behind it: its tokens, and its KV lane while the choice holds a place. All
 * lanes of a choice have the same answer and are verified with the same tree. Engine loop only.
 */
final class Lane {
    private final int promptLength;
    private final TokenSequence sequence;
    private final SharedPrefix prefix;
    private @Nullable ModelSession session;
    private int chunk;

    /**
     * A lane that holds no memory of the model yet.
     *
     * @param scope who shares its KV pages, or null for nobody
     */
    Lane(@Nullable CacheScope scope, int[] prompt) {
        this.promptLength = prompt.length;
        this.sequence = new TokenSequence(prompt);
        this.prefix = new SharedPrefix(scope, sequence);
    }

    private ModelSession session() {
        return Objects.requireNonNull(session, "the lane is not open");
    }

    /** Opens an empty KV lane. */
    void open(CausalModel model) {
        session = prefix.open(model);
        chunk = 0;
    }

    /** Gives the pages back; the tokens stay. Idempotent. */
    void close() {
        if (session != null) {
            session.close();
            session = null;
        }
    }

    /** Whether there is a KV lane. */
    boolean isOpen() {
        return session != null;
    }

    /** Prompt and answer. */
    TokenSequence sequence() {
        return sequence;
    }

    /** Where an answer position stands in the sequence. */
    int place(int position) {
        return promptLength + position;
    }

    /** The last token. */
    int last() {
        return sequence.get(sequence.length() - 1);
    }

    /** Tokens that are not committed. */
    int rest() {
        return sequence.length() - session().length();
    }

    /** Takes over what is already computed of the sequence. */
    void adopt() {
        prefix.adopt(session());
    }

    /** Whether another lane's next pass computes a page that this one could adopt. */
    boolean gainsFrom(Lane other) {
        return prefix.gainsFrom(other.prefix, other.session().length(), session());
    }

    /** Decides how many of the tokens that are not committed go into the next pass. */
    void chunk(int tokens) {
        chunk = tokens;
    }

    /** Tokens of the sequence in the pass. */
    int chunk() {
        return chunk;
    }

    /** Whether all of the sequence is in the pass. */
    boolean isComplete() {
        return chunk == rest();
    }

    /** Makes sure of the memory for the tokens of the pass and some nodes. */
    boolean reserve(int nodes) {
        return session().reserve(chunk + nodes);
    }

    /**
     * The lane's part of the pass: what is not committed yet, and the tree behind it.
     *
     * @param rows 0 where more of a prompt follows, else one for the root and one for each node
     */
    Segment segment(DraftTree tree, int rows) {
        int length = session().length();
        return tree.segment(session(), sequence.slice(length, length + chunk), rows);
    }

    /** Notes that the tokens of the pass are computed. */
    void reached() {
        prefix.reached(session().length() + chunk);
    }

    /** Commits the tokens of the pass, of which none was asked for a row. */
    void commitChunk(DraftTree tree) {
        if (chunk > 0) {
            session().commit(tree.path(chunk, TreeBuilder.ROOT));
        }
    }

    /** The mean state of a watched block over the committed tokens and those of the pass. */
    float[] meanState(int layer, DraftTree tree) {
        return session().meanState(layer, tree.path(chunk, TreeBuilder.ROOT));
    }

    /**
     * Commits what the pass computed of the sequence but its last token, or goes back to there.
     *
     * @param last the last accepted node
     */
    void keep(DraftTree tree, int last) {
        int more = sequence.length() - 1 - session().length();
        if (more < 0) {
            session().truncate(sequence.length() - 1);
        } else {
            int[] path = tree.path(chunk, last);
            session().commit(more < path.length ? Arrays.copyOf(path, more) : path);
        }
    }

    /** Prompt tokens that it did not have to compute. */
    int cached() {
        return prefix.adopted();
    }
}
