package dev.sluice.model.torch;

/**
 * How places of the KV pool are rows of a layer's tensor {@code [2 · pages · kvHeads · 64, headWidth]}: keys first, then
 * values; page by page; head by head; 64 positions each.
 *
 * @param pages of the whole tensor, scratch included
 * @param kvHeads heads of keys and values
 */
record KvRows(int pages, int kvHeads) {
    /** For each place the rows of its keys, head by head, then those of its values. */
    long[] keysAndValues(int[] places) {
        long[] result = new long[places.length * 2 * kvHeads];
        int at = 0;
        for (int place : places) {
            for (int head = 0; head < kvHeads; head++) {
                result[at++] = row(0, place, head);
            }
            for (int head = 0; head < kvHeads; head++) {
                result[at++] = row(1, place, head);
            }
        }
        return result;
    }

    /** The row of a place's value. */
    long value(int place, int head) {
        return row(1, place, head);
    }

    private long row(int kind, int place, int head) {
        long page = (long) kind * pages + place / KvPool.PAGE;
        return (page * kvHeads + head) * KvPool.PAGE + place % KvPool.PAGE;
    }
}
