package dev.sluice.model.torch;

import dev.sluice.model.Segment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The indices of one call of the module: which node attends to what, and where its keys and values go.
 *
 * <p>Segments of like size make up a job; its nodes lie next to one another, so that attention is a few batched products a
 * job. The text beside this class says how the parts are used; their order is fixed there and here.
 */
final class PassPlan {
    private static final int GLOBAL_PARTS = 6;
    private static final int LARGE = 16;

    private final KvRows rows;
    private final List<Segment> segments;
    private final List<long[]> parts = new ArrayList<>();
    private final List<Long> jobs = new ArrayList<>();
    private final List<Long> runs = new ArrayList<>();
    private final int[] firstNode;
    private final int[] tokens;
    private final int[] scratch;

    /**
     * Plans a call.
     *
     * @param segments what to run, in the order in which rows are wanted
     * @param copyFrom places whose keys and values are copied first
     * @param copyTo the places they are copied to
     * @param firstScratch the first place that nodes of trees may use
     */
    PassPlan(KvRows rows, List<Segment> segments, int[] copyFrom, int[] copyTo, int firstScratch) {
        this.rows = rows;
        this.segments = segments;
        firstNode = new int[segments.size()];
        scratch = new int[segments.size()];
        Map<Integer, List<Integer>> groups = grouped();
        int nodes = 0;
        int place = firstScratch;
        boolean padded = false;
        for (List<Integer> group : groups.values()) {
            int widest = widest(group);
            for (int s : group) {
                firstNode[s] = nodes;
                nodes += size(s);
                padded |= size(s) < widest;
                scratch[s] = isChain(segments.get(s)) ? -1 : place;
                place += scratch[s] < 0 ? 0 : size(s);
            }
        }
        tokens = new int[nodes];
        for (int i = 0; i < GLOBAL_PARTS; i++) {
            parts.add(new long[0]);
        }
        long[] positions = new long[nodes];
        long[] order = padded ? new long[nodes] : new long[0];
        int[] places = new int[nodes];
        int before = 0;
        for (List<Integer> group : groups.values()) {
            int widest = widest(group);
            for (int index = 0; index < group.size(); index++) {
                int s = group.get(index);
                int[] depths = depths(segments.get(s));
                for (int i = 0; i < size(s); i++) {
                    int node = firstNode[s] + i;
                    tokens[node] = segments.get(s).tokens()[i];
                    positions[node] = (long) session(s).length() + depths[i];
                    places[node] = scratch[s] < 0 ? session(s).place((int) positions[node]) : scratch[s] + i;
                    if (padded) {
                        order[node] = before + (long) index * widest + i;
                    }
                }
            }
            before += group.size() * widest;
            new PassJob(this, group, widest).add();
        }
        parts.set(0, positions);
        parts.set(1, rows.keysAndValues(places));
        parts.set(2, rows.keysAndValues(copyFrom));
        parts.set(3, rows.keysAndValues(copyTo));
        parts.set(4, order);
        parts.set(5, wanted());
    }

    /** The token of each node, in the order of the call. */
    int[] tokens() {
        return tokens;
    }

    /** All parts behind one another, as a direct buffer. */
    LongBuffer integers() {
        int total = parts.stream().mapToInt(part -> part.length).sum();
        LongBuffer buffer = ByteBuffer.allocateDirect(total * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        parts.forEach(buffer::put);
        return buffer.flip();
    }

    /** Length of each part. */
    long[] sizes() {
        return parts.stream().mapToLong(part -> part.length).toArray();
    }

    /** Eight numbers a job. */
    long[] jobs() {
        return jobs.stream().mapToLong(Long::longValue).toArray();
    }

    /** First page and number of pages of each run of pages. */
    long[] runs() {
        return runs.stream().mapToLong(Long::longValue).toArray();
    }

    /** The scratch place of a segment's first node, or -1 where it is a chain and has none. */
    int scratch(int segment) {
        return scratch[segment];
    }

    KvRows rows() {
        return rows;
    }

    Segment segment(int index) {
        return segments.get(index);
    }

    TorchSession session(int index) {
        return (TorchSession) segments.get(index).session();
    }

    int size(int index) {
        return segments.get(index).tokens().length;
    }

    int firstNode(int index) {
        return firstNode[index];
    }

    void addPart(long... part) {
        parts.add(part);
    }

    void addJob(long... numbers) {
        Arrays.stream(numbers).forEach(jobs::add);
    }

    /** Adds a run of pages; runs are numbered in order. */
    void addRun(int page, int count) {
        runs.add((long) page);
        runs.add((long) count);
    }

    int runCount() {
        return runs.size() / 2;
    }

    /** Whether every node is the child of the one before it. */
    static boolean isChain(Segment segment) {
        for (int i = 0; i < segment.parents().length; i++) {
            if (segment.parents()[i] != i - 1) {
                return false;
            }
        }
        return true;
    }

    /** Number of ancestors of each node within the segment. */
    static int[] depths(Segment segment) {
        int[] depths = new int[segment.tokens().length];
        for (int i = 0; i < depths.length; i++) {
            int parent = segment.parents()[i];
            depths[i] = parent < 0 ? 0 : depths[parent] + 1;
        }
        return depths;
    }

    private long[] wanted() {
        int count = segments.stream().mapToInt(Segment::rows).sum();
        long[] wanted = new long[count];
        int at = 0;
        for (int s = 0; s < segments.size(); s++) {
            for (int i = segments.get(s).firstRow(); i < size(s); i++) {
                wanted[at++] = (long) firstNode[s] + i;
            }
        }
        return wanted;
    }

    /** Segments by kind and, by powers of two, size; large ones alone. */
    private Map<Integer, List<Integer>> grouped() {
        Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
        for (int s = 0; s < segments.size(); s++) {
            int size = size(s);
            int kind = isChain(segments.get(s)) ? 0 : 1;
            int key = size > LARGE ? 64 + s : 2 * (32 - Integer.numberOfLeadingZeros(size - 1)) + kind;
            groups.computeIfAbsent(key, k -> new ArrayList<>()).add(s);
        }
        return groups;
    }

    private int widest(List<Integer> group) {
        return group.stream().mapToInt(this::size).max().orElseThrow();
    }
}
