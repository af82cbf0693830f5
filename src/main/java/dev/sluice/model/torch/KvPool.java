package dev.sluice.model.torch;

import java.util.BitSet;

/**
 * Which KV pages are taken. A page holds the keys and values of 64 positions, in every layer; the lowest free page is
 * given out first, so that the pages of running sessions lie together. One thread.
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

    /** A pool of so many pages to give out. */
    KvPool(int pages) {
        this.pages = pages;
    }

    /** Number of pages to give out. */
    int pages() {
        return pages;
    }

    /** Number of pages not taken. */
    int free() {
        return pages - taken.cardinality();
    }

    /** Number of the first page for nodes of trees. */
    int scratch() {
        return pages;
    }

    /** Takes the lowest free page; there must be one. */
    int take() {
        int page = taken.nextClearBit(0);
        if (page >= pages) {
            throw new IllegalStateException("no KV page is free of " + pages + "; reserve before a pass");
        }
        taken.set(page);
        return page;
    }

    /** Gives a page back. */
    void give(int page) {
        taken.clear(page);
    }

    /** Pages that hold so many positions. */
    static int pagesFor(int positions) {
        return (positions + PAGE - 1) / PAGE;
    }
}
