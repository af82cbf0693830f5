package dev.sluice.model.torch;

import dev.sluice.model.CacheScope;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One lane: a table of KV pages, and how many of their positions are committed.
 *
 * <p>A chain of nodes is written straight to its logical places; so are the nodes of a tree to scratch places, of which
 * the accepted ones are copied at the beginning of the next pass. A page that is full is published to the session's scope;
 * from then on nothing is written to it: before a session that went back into it goes on, the page is copied.
 */
final class TorchSession implements ModelSession {
    private final TorchModel model;
    private final KvPool pool;
    private final @Nullable CacheScope scope;
    private KvPage[] pages = new KvPage[8];
    private int pageCount;
    /** Leading pages that are published; the last of them holds at least one committed token. */
    private int published;

    private int[] tokens = new int[0];
    private int length;
    private @Nullable Segment last;
    private int lastScratch;
    /** Scratch places, and the logical positions they are to be copied to. */
    private int[] pendingFrom = new int[0];

    private int[] pendingTo = new int[0];
    private final WatchedStates states = new WatchedStates();
    private float[][] lastStates = new float[0][];
    private boolean closed;

    /**
     * An empty lane.
     *
     * @param scope who shares its full pages, or null for nobody
     */
    TorchSession(TorchModel model, KvPool pool, @Nullable CacheScope scope) {
        this.model = model;
        this.pool = pool;
        this.scope = scope;
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
        boolean copies = more > 0 && endsInPublished();
        int needed = Math.max(0, wanted - pageCount) + (copies ? 1 : 0);
        if (needed > pool.free() + (copies && pages[published - 1].references() == 1 ? 1 : 0)) {
            return false;
        }
        if (copies) {
            copyLast();
        }
        while (pageCount < wanted) {
            put(pageCount, pool.take());
        }
        return true;
    }

    /** Whether the next token would be written to a published page. */
    private boolean endsInPublished() {
        return length < published * KvPool.PAGE;
    }

    /** Goes on in a page of its own; the copies are made before anything is written, so the other may go to whoever. */
    private void copyLast() {
        KvPage shared = pages[--published];
        pool.give(shared);
        KvPage own = pool.take();
        pages[published] = own;
        int first = published * KvPool.PAGE;
        int from = shared.number() * KvPool.PAGE;
        if (own.number() != shared.number()) {
            copyLater(IntStream.range(from, from + length - first).toArray(), first);
        }
    }

    private void put(int index, KvPage page) {
        if (index < pageCount) {
            pool.give(pages[index]);
        } else {
            pageCount = index + 1;
            pages = pageCount > pages.length ? Arrays.copyOf(pages, 2 * pages.length) : pages;
        }
        pages[index] = page;
    }

    @Override
    public void adopt(int[] context) {
        requireOpen();
        int first = length / KvPool.PAGE;
        if (scope == null || published < first || context.length - 1 <= length) {
            return;
        }
        if (Arrays.mismatch(tokens, 0, length, context, 0, length) >= 0) {
            throw new IllegalArgumentException("a context to adopt begins with the lane's " + length
                    + " tokens, but was given with others; truncate the lane before");
        }
        int index = first;
        // Of a page that is copied because its last token has to be run again, nobody knows the states.
        int most = watching() ? context.length - 1 : context.length;
        for (; (index + 1) * KvPool.PAGE <= most; index++) {
            KvPage page = pool.share(key(scope, index, context));
            if (page == null) {
                break;
            }
            if (page.stateSum == null && !model.watched().isEmpty()) {
                pool.give(page);
                break;
            }
            put(index, page);
        }
        if (index > first) {
            dropCopies(first * KvPool.PAGE);
            published = index;
            states.truncate(first * KvPool.PAGE);
            length = Math.min(index * KvPool.PAGE, context.length - 1);
            for (int position = first * KvPool.PAGE; watching() && position < length; position++) {
                states.add(null);
            }
            tokens = Arrays.copyOf(context, context.length);
            last = null;
        }
    }

    private KvPage.Key key(CacheScope shared, int index, int[] context) {
        return new KvPage.Key(
                index == 0 ? shared : pages[index - 1],
                Arrays.copyOfRange(context, index * KvPool.PAGE, (index + 1) * KvPool.PAGE));
    }

    /** Shares the pages that are full and hold what they are to hold. */
    private void publish() {
        int settled = Arrays.stream(pendingTo).min().orElse(length);
        while (scope != null && (published + 1) * KvPool.PAGE <= settled) {
            pages[published].stateSum = watching() ? states.fold(published) : null;
            pages[published] = pool.publish(pages[published], key(scope, published, tokens));
            published++;
        }
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
            copyLater(Arrays.stream(path).map(node -> lastScratch + node).toArray(), length);
        }
        remember(segment, path);
        for (int i = 0; watching() && i < path.length; i++) {
            states.add(lastStates[path[i]]);
        }
        length += path.length;
        last = null;
        publish();
    }

    private void remember(Segment segment, int[] path) {
        if (scope == null) {
            return;
        }
        if (tokens.length < length + path.length) {
            tokens = Arrays.copyOf(tokens, 2 * (length + path.length));
        }
        for (int i = 0; i < path.length; i++) {
            tokens[length + i] = segment.tokens()[path[i]];
        }
    }

    /** Notes that places are to be copied to the positions from {@code first} on. */
    private void copyLater(int[] places, int first) {
        int old = pendingFrom.length;
        pendingFrom = Arrays.copyOf(pendingFrom, old + places.length);
        pendingTo = Arrays.copyOf(pendingTo, old + places.length);
        for (int i = 0; i < places.length; i++) {
            pendingFrom[old + i] = places[i];
            pendingTo[old + i] = first + i;
        }
    }

    /** Forgets the copies to positions from {@code first} on. */
    private void dropCopies(int first) {
        int kept = 0;
        for (int i = 0; i < pendingTo.length; i++) {
            if (pendingTo[i] < first) {
                pendingFrom[kept] = pendingFrom[i];
                pendingTo[kept++] = pendingTo[i];
            }
        }
        pendingFrom = Arrays.copyOf(pendingFrom, kept);
        pendingTo = Arrays.copyOf(pendingTo, kept);
    }

    @Override
    public void truncate(int newLength) {
        requireOpen();
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException(
                    "a lane of " + length + " tokens cannot be truncated to " + newLength + "; give 0 to " + length);
        }
        dropCopies(newLength);
        states.truncate(newLength);
        length = newLength;
        last = null;
        giveBack(KvPool.pagesFor(newLength));
        published = Math.min(published, pageCount);
    }

    @Override
    public float[] meanState(int layer, int[] path) {
        requireOpen();
        int at = model.watched().indexOf(layer) * model.width();
        if (at < 0) {
            throw new IllegalArgumentException("the model watches the blocks " + model.watched() + ", but block "
                    + layer + " was asked for; name it before the first lane is opened");
        }
        int tokens = length + path.length;
        double[] sum = new double[model.width()];
        for (int node : path) {
            states.add(lastStates[node]);
        }
        try {
            for (int page = 0; page * KvPool.PAGE < tokens; page++) {
                add(sum, page, tokens, at);
            }
        } finally {
            states.truncate(length);
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / tokens);
        }
        return mean;
    }

    /** Adds what a page holds of the first tokens. */
    private void add(double[] sum, int page, int tokens, int at) {
        int first = page * KvPool.PAGE;
        double[] part = page < published && length >= first + KvPool.PAGE
                ? pages[page].stateSum
                : states.sum(first, Math.min(tokens, first + KvPool.PAGE));
        if (part == null) {
            throw new IllegalStateException("the states of a shared page are not known any more");
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] += part[at + i];
        }
    }

    private boolean watching() {
        return !model.watched().isEmpty();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            giveBack(0);
            model.closed(this);
        }
    }

    /**
     * Remembers the segment that the pass under way runs; its nodes begin at that scratch place, or at -1 for none.
     *
     * @param watched the watched states of its nodes, side by side; empty where nothing is watched
     */
    void ran(Segment segment, int scratch, float[][] watched) {
        last = segment;
        lastStates = watched;
        lastScratch = scratch;
    }

    /** Throws where the segment cannot run on this session. */
    void check(Segment segment) {
        requireOpen();
        if (KvPool.pagesFor(length + segment.tokens().length) > pageCount || endsInPublished()) {
            throw new IllegalStateException("a pass of " + segment.tokens().length + " nodes behind " + length
                    + " tokens needs pages that were not reserved; call reserve before");
        }
    }

    /** The place, counted over the pool, of a logical position. */
    int place(int position) {
        return page(position / KvPool.PAGE) * KvPool.PAGE + position % KvPool.PAGE;
    }

    /** The page of the pool that holds a page of this lane. */
    int page(int index) {
        return pages[index].number();
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
        publish();
    }

    /** A pass failed, which may have used the places that copies were still to be made from: goes back behind them. */
    void forgetUnsettled() {
        if (pendingTo.length > 0) {
            truncate(Arrays.stream(pendingTo).min().orElseThrow());
        }
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
