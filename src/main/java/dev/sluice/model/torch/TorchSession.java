package dev.sluice.model.torch;

import dev.sluice.model.ModelSession;
import dev.sluice.model.Segment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One lane: a table of KV pages, and how many of their positions are committed.
 *
 * <p>A chain of nodes is written straight to its logical places; so are the nodes of a tree to scratch places, of which
 * the accepted ones are copied at the beginning of the next pass. The pages belong to this session alone.
 */
final class TorchSession implements ModelSession {
    private final TorchModel model;
    private final KvPool pool;
    private int[] pages = new int[8];
    private int pageCount;
    private int length;
    private @Nullable Segment last;
    private int lastScratch;
    /** Scratch places, and the logical positions they are to be copied to. */
    private int[] pendingFrom = new int[0];

    private int[] pendingTo = new int[0];
    private boolean closed;

    TorchSession(TorchModel model, KvPool pool) {
        this.model = model;
        this.pool = pool;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public boolean reserve(int more) {
        requireOpen();
        if (more < 0 || more > model.description().contextLength() - length) {
            throw new IllegalArgumentException("a lane of " + length + " tokens can take 0 to "
                    + (model.description().contextLength() - length) + " more, but was asked to take " + more
                    + "; shorten the prompt or the answer");
        }
        int wanted = KvPool.pagesFor(length + more);
        if (wanted - pageCount > pool.free()) {
            return false;
        }
        if (wanted > pages.length) {
            pages = Arrays.copyOf(pages, Math.max(wanted, 2 * pages.length));
        }
        while (pageCount < wanted) {
            pages[pageCount++] = pool.take();
        }
        return true;
    }

    @Override
    public void commit(int[] path) {
        requireOpen();
        Segment segment = last;
        if (path.length == 0) {
            return;
        }
        if (segment == null) {
            throw new IllegalStateException("there is no pass to commit from; commit once after each pass");
        }
        int parent = -1;
        for (int node : path) {
            if (node < 0 || node >= segment.tokens().length || segment.parents()[node] != parent) {
                throw new IllegalArgumentException("a path goes from a child of the committed prefix down to a node,"
                        + " but was given as " + Arrays.toString(path));
            }
            parent = node;
        }
        if (lastScratch >= 0) {
            int old = pendingFrom.length;
            pendingFrom = Arrays.copyOf(pendingFrom, old + path.length);
            pendingTo = Arrays.copyOf(pendingTo, old + path.length);
            for (int i = 0; i < path.length; i++) {
                pendingFrom[old + i] = lastScratch + path[i];
                pendingTo[old + i] = length + i;
            }
        }
        length += path.length;
        last = null;
    }

    @Override
    public void truncate(int newLength) {
        requireOpen();
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException(
                    "a lane of " + length + " tokens cannot be truncated to " + newLength + "; give 0 to " + length);
        }
        int kept = 0;
        for (int i = 0; i < pendingTo.length; i++) {
            if (pendingTo[i] < newLength) {
                pendingFrom[kept] = pendingFrom[i];
                pendingTo[kept++] = pendingTo[i];
            }
        }
        pendingFrom = Arrays.copyOf(pendingFrom, kept);
        pendingTo = Arrays.copyOf(pendingTo, kept);
        length = newLength;
        last = null;
        giveBack(KvPool.pagesFor(newLength));
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            giveBack(0);
            model.closed(this);
        }
    }

    /** Remembers the segment that the pass under way runs; its nodes begin at that scratch place, or at -1 for none. */
    void ran(Segment segment, int scratch) {
        last = segment;
        lastScratch = scratch;
    }

    /** Throws where the segment cannot run on this session. */
    void check(Segment segment) {
        requireOpen();
        if (KvPool.pagesFor(length + segment.tokens().length) > pageCount) {
            throw new IllegalStateException("a pass of " + segment.tokens().length + " nodes behind " + length
                    + " tokens needs pages that were not reserved; call reserve before");
        }
    }

    /** The place, counted over the pool, of a logical position. */
    int place(int position) {
        return pages[position / KvPool.PAGE] * KvPool.PAGE + position % KvPool.PAGE;
    }

    /** The page of the pool that holds a page of this lane. */
    int page(int index) {
        return pages[index];
    }

    /** Places that committed nodes still have to be copied from. */
    int[] pendingFrom() {
        return pendingFrom;
    }

    /** Logical positions that committed nodes still have to be copied to. */
    int[] pendingTo() {
        return pendingTo;
    }

    /** The copies are made. */
    void settled() {
        pendingFrom = new int[0];
        pendingTo = new int[0];
    }

    /** The model it belongs to. */
    TorchModel model() {
        return model;
    }

    private void giveBack(int kept) {
        while (pageCount > kept) {
            pool.give(pages[--pageCount]);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the session is closed; open another");
        }
    }
}
