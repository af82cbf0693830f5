package dev.sluice.model.torch;

import dev.sluice.model.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of one job of a {@link PassPlan}: segments of like size, padded to the widest.
 *
 * <p>A pair is a page and the session it belongs to. Pages that lie close together make a run, read as it lies; a page in
 * a gap is given to the first session and masked; one that several sessions share is in a run for each. For chains every
 * page is a block of attention. For trees only the pages before the one that the committed tokens end in are; behind them
 * each node has windows of 64 of its own: the rest of the committed tokens, then its ancestors and itself, in logical
 * order.
 */
final class PassJob {
    /** Pages of a gap that are cheaper to multiply in vain than to begin another run. */
    private static final int GAP = 4;
    /** Beyond every position: the keys of such a page are masked. */
    private static final long NOWHERE = 1L << 40;

    private final PassPlan plan;
    private final List<Integer> segments;
    private final int nodes;
    private final boolean tree;
    private final int[] blocks;
    private final int[][] pairOf;
    private int pairs;
    private long[] positionOf = new long[0];
    private long[] ownerOf = new long[0];
    private int firstRun;
    private int runs;

    PassJob(PassPlan plan, List<Integer> segments, int nodes) {
        this.plan = plan;
        this.segments = segments;
        this.nodes = nodes;
        this.tree = !PassPlan.isChain(plan.segment(segments.get(0)));
        this.blocks = new int[segments.size()];
        this.pairOf = new int[segments.size()][];
    }

    /** Adds the job's numbers and parts to the plan. */
    void add() {
        for (int s = 0; s < segments.size(); s++) {
            int length = session(s).length();
            blocks[s] = tree ? length / KvPool.PAGE : KvPool.pagesFor(length + plan.size(segments.get(s)));
        }
        layPairs();
        int windows = tree ? windows() : 0;
        boolean padded = segments.stream().anyMatch(s -> plan.size(s) < nodes);
        plan.addJob(
                segments.size(),
                nodes,
                pairs,
                padded ? -1 : plan.firstNode(segments.get(0)),
                windows,
                isPlain() ? 1 : 0,
                firstRun,
                runs);
        plan.addPart(padded ? nodeIndices() : new long[0]);
        plan.addPart(positionOf);
        plan.addPart(ownerOf);
        plan.addPart(pageTable());
        sums(windows);
        plan.addPart(limits());
        if (tree) {
            windows(windows * KvPool.PAGE);
        } else {
            for (int i = 0; i < 4; i++) {
                plan.addPart();
            }
        }
    }

    private TorchSession session(int s) {
        return plan.session(segments.get(s));
    }

    /** Pages that are read: the blocks and, for a tree, the one that the committed tokens end in. */
    private int pagesRead(int s) {
        return blocks[s] + (tree ? 1 : 0);
    }

    private void layPairs() {
        List<Held> sorted = held();
        positionOf = new long[sorted.size() * (GAP + 1)];
        ownerOf = new long[positionOf.length];
        firstRun = plan.runCount();
        int runPage = 0;
        int runPairs = 0;
        int next = -1;
        for (Held held : sorted) {
            int page = held.page();
            if (next < 0 || page < next || page - next > GAP) {
                if (next >= 0) {
                    plan.addRun(runPage, runPairs);
                }
                runPage = page;
                runPairs = 0;
                next = page;
            }
            for (; next < page; next++, runPairs++) {
                positionOf[pairs++] = NOWHERE;
            }
            pairOf[held.session()][held.index()] = pairs;
            positionOf[pairs] = (long) held.index() * KvPool.PAGE;
            ownerOf[pairs++] = held.session();
            runPairs++;
            next = page + 1;
        }
        plan.addRun(runPage, runPairs);
        runs = plan.runCount() - firstRun;
        positionOf = Arrays.copyOf(positionOf, pairs);
        ownerOf = Arrays.copyOf(ownerOf, pairs);
    }

    /**
     * A page that a session reads.
     *
     * @param turn how many sessions before this one read the same page
     * @param page where it lies
     * @param session the session's index in the job
     * @param index the page's index in the session
     */
    private record Held(int turn, int page, int session, int index) {}

    /** All pages read, in the order in which they lie: first each page for its first session, then for its second. */
    private List<Held> held() {
        Map<Integer, Integer> readers = new HashMap<>();
        List<Held> all = new ArrayList<>();
        for (int s = 0; s < segments.size(); s++) {
            pairOf[s] = new int[pagesRead(s)];
            for (int i = 0; i < pagesRead(s); i++) {
                int page = session(s).page(i);
                all.add(new Held(readers.merge(page, 1, Integer::sum) - 1, page, s, i));
            }
        }
        all.sort(Comparator.comparingInt(Held::turn).thenComparingInt(Held::page));
        return all;
    }

    /** One chain whose pages are the pairs, in order: nothing has to be looked up. */
    private boolean isPlain() {
        if (tree || segments.size() > 1 || pairs != blocks[0]) {
            return false;
        }
        for (int i = 0; i < pairs; i++) {
            if (pairOf[0][i] != i) {
                return false;
            }
        }
        return true;
    }

    private long[] nodeIndices() {
        long[] indices = new long[segments.size() * nodes];
        for (int s = 0; s < segments.size(); s++) {
            int segment = segments.get(s);
            for (int i = 0; i < nodes; i++) {
                indices[s * nodes + i] = (long) plan.firstNode(segment) + (i < plan.size(segment) ? i : 0);
            }
        }
        return indices;
    }

    /** Pairs of each session whose largest score counts, padded with one of its own. */
    private long[] pageTable() {
        int widest = Math.max(1, Arrays.stream(blocks).max().orElse(0));
        long[] table = new long[segments.size() * widest];
        for (int s = 0; s < segments.size(); s++) {
            for (int i = 0; i < widest; i++) {
                table[s * widest + i] = pairOf[s][Math.min(i, pairOf[s].length - 1)];
            }
        }
        return table;
    }

    /** Which partial sums to add for each session, in order, and where the last one is. */
    private void sums(int windows) {
        int widest = Arrays.stream(blocks).max().orElse(0) + windows;
        long[] table = new long[segments.size() * widest];
        long[] last = new long[segments.size()];
        for (int s = 0; s < segments.size(); s++) {
            int count = blocks[s] + windows;
            for (int i = 0; i < count; i++) {
                table[s * widest + i] = i < blocks[s] ? pairOf[s][i] : pairs + (long) s * windows + i - blocks[s];
            }
            last[s] = (long) s * widest + count - 1;
        }
        plan.addPart(table);
        plan.addPart(last);
    }

    /** The last position each node may see in a page: its own in a chain, the last committed one in a tree. */
    private long[] limits() {
        long[] limits = new long[segments.size() * nodes];
        for (int s = 0; s < segments.size(); s++) {
            for (int i = 0; i < nodes; i++) {
                limits[s * nodes + i] =
                        (long) session(s).length() + (tree ? -1 : Math.min(i, plan.size(segments.get(s)) - 1));
            }
        }
        return limits;
    }

    private int windows() {
        int widest = 0;
        for (int s = 0; s < segments.size(); s++) {
            int rest = session(s).length() % KvPool.PAGE;
            for (int depth : PassPlan.depths(plan.segment(segments.get(s)))) {
                widest = Math.max(widest, rest + depth + 1);
            }
        }
        return KvPool.pagesFor(widest);
    }

    /** For each node its row of the last page and its ancestors: columns of scores, rows of values, and how many. */
    private void windows(int width) {
        int heads = plan.rows().kvHeads();
        long[] tails = new long[segments.size()];
        long[] columns = new long[segments.size() * nodes * width];
        long[] values = new long[columns.length * heads];
        long[] valid = new long[segments.size() * nodes];
        for (int s = 0; s < segments.size(); s++) {
            Segment segment = plan.segment(segments.get(s));
            int rest = session(s).length() % KvPool.PAGE;
            int base = session(s).length() - rest;
            int scratch = plan.scratch(segments.get(s));
            int[] depths = PassPlan.depths(segment);
            tails[s] = pairOf[s][blocks[s]];
            for (int i = 0; i < nodes; i++) {
                int node = s * nodes + i;
                valid[node] = i < depths.length ? rest + depths[i] + 1L : 1;
                if (i >= depths.length) {
                    columns[node * width] = KvPool.PAGE;
                    continue;
                }
                int[] places = new int[rest + depths[i] + 1];
                for (int c = 0; c < rest; c++) {
                    columns[node * width + c] = c;
                    places[c] = session(s).place(base + c);
                }
                for (int a = i; a >= 0; a = segment.parents()[a]) {
                    int column = rest + depths[a];
                    columns[node * width + column] = (long) KvPool.PAGE + a;
                    places[column] = scratch + a;
                }
                for (int head = 0; head < heads; head++) {
                    int at = (node * heads + head) * width;
                    for (int c = 0; c < places.length; c++) {
                        values[at + c] = plan.rows().value(places[c], head);
                    }
                }
            }
        }
        plan.addPart(tails);
        plan.addPart(columns);
        plan.addPart(values);
        plan.addPart(valid);
    }
}
