package dev.sluice.engine;

import dev.sluice.draft.Claims;
import dev.sluice.draft.Drafters;
import dev.sluice.draft.Proposer;
import dev.sluice.draft.Successors;
import dev.sluice.draft.TokenSequence;
import dev.sluice.model.ModelSession;
import dev.sluice.model.RankedRow;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Claims what a {@link DraftModel} thinks likely, for one choice, in a lane of its own. Engine loop only.
 *
 * <p>A place is a node of a tree of draft tokens. The lane holds the context and one path of that tree; to claim at
 * another node it goes back to what both have in common and runs the rest, one pass where the node follows what was asked
 * last. Where the pool has no room, or the context is too long for the draft model, nothing is claimed.
 */
final class ModelProposer implements Proposer {
    /** A token below this probability is not worth a claim. */
    private static final double LEAST = 0.01;

    private static final int LEVELS = 16;
    private static final int RANKS = Claims.KINDS / LEVELS;

    /** Tokens that the lane falls behind by in a pass at most; more is a prompt, or a stretch without asking. */
    private static final int STEP = 8;

    /** Claims that share the cost of running a prompt: about as many as an answer asks for. */
    private static final int SHARED_BY = 128;

    private final DraftModel model;
    private final float temperature;
    private @Nullable ModelSession lane;

    /** What the lane holds. */
    private final TokenSequence held = new TokenSequence(new int[0]);

    private TokenSequence context = held;
    private boolean noRoom;

    private int[] tokens = new int[16];
    private int[] parents = new int[16];
    private int[] depths = new int[16];
    private int size;

    ModelProposer(DraftModel model, float temperature) {
        this.model = model;
        this.temperature = temperature;
    }

    @Override
    public String name() {
        return Drafters.MODEL;
    }

    @Override
    public long root(TokenSequence newContext) {
        context = newContext;
        noRoom = false;
        size = 0;
        return node(-1, -1, 0);
    }

    @Override
    public long after(long place, int token) {
        return noRoom ? NOWHERE : node((int) place, token, depths[(int) place] + 1);
    }

    private long node(int parent, int token, int depth) {
        if (context.length() + depth > model.mostTokens()) {
            return NOWHERE;
        }
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
            parents = Arrays.copyOf(parents, 2 * size);
            depths = Arrays.copyOf(depths, 2 * size);
        }
        tokens[size] = token;
        parents[size] = parent;
        depths[size] = depth;
        return size++;
    }

    /** The time of one pass over what is missing; of a prompt only a share, since all later claims need it too. */
    @Override
    public double price(long place) {
        int missing = Math.max(1, context.length() + depths[(int) place] - held.length());
        int prompt = Math.max(0, missing - STEP);
        return model.time(missing - prompt) + prompt * model.time(model.chunk()) / model.chunk() / SHARED_BY;
    }

    @Override
    public void claim(long place, Claims claims) {
        int[] path = path((int) place);
        int length = context.length() + path.length;
        int common = Math.min(common(path), length - 1);
        if (!makeRoom(common, length - common)) {
            return;
        }
        int[] missing =
                Arrays.copyOf(context.slice(Math.min(common, context.length()), context.length()), length - common);
        int fromPath = Math.min(path.length, missing.length);
        System.arraycopy(path, path.length - fromPath, missing, missing.length - fromPath, fromPath);
        RankedRow row = run(missing);
        if (row == null) {
            return;
        }
        for (int rank = 0; rank < Math.min(Claims.MOST, row.best().tokens().length); rank++) {
            double probability = Math.exp(row.best().logits()[rank] - row.logSumExp());
            if (!(probability >= LEAST)) {
                return;
            }
            int level = Math.min(LEVELS - 1, (int) (probability * LEVELS));
            claims.add(row.best().tokens()[rank], probability, Math.min(rank, RANKS - 1) * LEVELS + level);
        }
    }

    /** The tokens from the context to a place. */
    private int[] path(int place) {
        int[] path = new int[depths[place]];
        for (int node = place, at = path.length; at > 0; node = parents[node]) {
            path[--at] = tokens[node];
        }
        return path;
    }

    /** How much of the context and a path the lane holds. */
    private int common(int[] path) {
        int common = held.commonPrefix(context);
        if (common == context.length()) {
            int more = 0;
            while (more < path.length && common + more < held.length() && held.get(common + more) == path[more]) {
                more++;
            }
            common += more;
        }
        return common;
    }

    /** Goes back to the first tokens of the lane and reserves room for more; where there is none, the lane is given up. */
    private boolean makeRoom(int kept, int more) {
        if (lane == null) {
            lane = model.open();
        }
        lane.truncate(kept);
        held.truncate(kept);
        if (!lane.reserve(more)) {
            noRoom = true;
            release();
        }
        return !noRoom;
    }

    /** Runs tokens behind what the lane holds; the row behind the last. */
    private @Nullable RankedRow run(int[] missing) {
        ModelSession open = Objects.requireNonNull(lane);
        RankedRow row = null;
        for (int from = 0; from < missing.length; from += model.chunk()) {
            int to = Math.min(missing.length, from + model.chunk());
            row = model.forward(open, Arrays.copyOfRange(missing, from, to), to == missing.length ? temperature : null);
        }
        for (int token : missing) {
            held.append(token);
        }
        return row;
    }

    private void release() {
        if (lane != null) {
            lane.close();
            lane = null;
            held.truncate(0);
        }
    }

    @Override
    public void observe(int[] verified, Successors[] successors) {}

    @Override
    public void finish(TokenSequence whole) {
        release();
    }
}
