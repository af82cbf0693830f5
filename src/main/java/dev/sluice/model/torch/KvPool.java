package dev.sluice.model.torch;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who holds the KV pages. A page holds the keys and values of 64 positions, in every layer; the lowest free page is given
 * out first, so that the pages of running sessions lie together. One thread.
 *
 * <p>A published page outlives the lanes that refer to it: it is kept for later ones until its place is needed. Then the
 * page that was given back longest ago goes first. A lane gives its pages back last to first and refers to all before
 * those it refers to, so a page always goes before the one it follows.
 *
 * <p>The pages themselves are one tensor of the module, zeroed when it was allocated: whatever lies in a page is finite, so
 * that masked positions add exactly nothing. Behind the pages given out lie some for the nodes of trees.
 */
final class KvPool {
    /** Positions of a page, and of a canonical block of attention. */
    static final int PAGE = 64;
    /** Pages behind the others, for nodes of trees that are not committed yet. */
    static final int SCRATCH_PAGES = 8;

    private final int pages;
    private final BitSet taken = new BitSet();
    private final Map<KvPage.Key, KvPage> published = new HashMap<>();
    /** Published pages that no lane refers to, in the order in which they were given back. */
    private final Set<KvPage> idle = new LinkedHashSet<>();

    /** A pool of so many pages to give out. */
    KvPool(int pages) {
        this.pages = pages;
    }

    /** Number of pages to give out. */
    int pages() {
        return pages;
    }

    /** Number of pages that no lane refers to. */
    int free() {
        return pages - taken.cardinality() + idle.size();
    }

    /** Number of those that are kept for later lanes. */
    int idle() {
        return idle.size();
    }

    /** Number of the first page for nodes of trees. */
    int scratch() {
        return pages;
    }

    /** Gives out the lowest page that is free, or drops the idle one that was given back first; there must be one. */
    KvPage take() {
        int number = taken.nextClearBit(0);
        if (number >= pages) {
            number = dropped();
        }
        taken.set(number);
        return new KvPage(number);
    }

    private int dropped() {
        Iterator<KvPage> oldest = idle.iterator();
        if (!oldest.hasNext()) {
            throw new IllegalStateException("no KV page is free of " + pages + "; reserve before a pass");
        }
        KvPage page = oldest.next();
        oldest.remove();
        published.remove(Objects.requireNonNull(page.key));
        return page.number();
    }

    /** Gives back one reference; a published page is kept, idle, when it was the last. */
    void give(KvPage page) {
        if (page.references == 0) {
            throw new IllegalStateException("KV page " + page.number() + " was given back more often than taken");
        }
        if (--page.references == 0) {
            if (page.published()) {
                idle.add(page);
            } else {
                taken.clear(page.number());
            }
        }
    }

    /** The published page of that key with one reference more, or null. */
    @Nullable
    KvPage share(KvPage.Key key) {
        KvPage page = published.get(key);
        if (page != null) {
            page.references++;
            idle.remove(page);
        }
        return page;
    }

    /**
     * Makes a full page of one lane immutable and known by its key. Where another is known by it already, that one is
     * returned with one reference more, and this one is given back.
     */
    KvPage publish(KvPage page, KvPage.Key key) {
        KvPage known = share(key);
        if (known != null) {
            if (known.stateSum == null) {
                known.stateSum = page.stateSum;
            }
            give(page);
            return known;
        }
        page.key = key;
        published.put(key, page);
        return page;
    }

    /** Pages that hold so many positions. */
    static int pagesFor(int positions) {
        return (positions + PAGE - 1) / PAGE;
    }
}
