package dev.sluice.model.torch;

import dev.sluice.model.RankedRow;
import dev.sluice.model.RankedRow.Candidates;
import dev.sluice.model.RowQuery;
import dev.sluice.model.TokenMask;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The arguments of one ranking, packed for the device, and its answer unpacked. */
final class RankCall {
    private final List<RowQuery> queries;
    private final int width;
    private final int best;
    private final int edits;
    private final int gathered;
    private final boolean tempered;
    private final List<TokenMask> masks = new ArrayList<>();
    private final List<Integer> maskedRows = new ArrayList<>();
    private final List<Integer> maskOfRow = new ArrayList<>();

    /**
     * Packs queries.
     *
     * @param width length of a row on the device
     * @param best candidates wanted of each row
     */
    RankCall(List<RowQuery> queries, int width, int best) {
        this.queries = queries;
        this.width = width;
        this.best = best;
        edits = queries.stream().mapToInt(q -> q.editTokens().length).sum();
        gathered = queries.stream().mapToInt(q -> q.gather().length).max().orElse(0);
        tempered = queries.stream().anyMatch(q -> q.temperature() != 1);
        IdentityHashMap<TokenMask, Integer> known = new IdentityHashMap<>();
        for (int row = 0; row < queries.size(); row++) {
            TokenMask mask = queries.get(row).mask();
            if (mask != null) {
                Integer index = known.get(mask);
                if (index == null) {
                    index = masks.size();
                    known.put(mask, index);
                    masks.add(mask);
                }
                maskedRows.add(row);
                maskOfRow.add(index);
            }
        }
    }

    /** The distinct masks. */
    List<TokenMask> masks() {
        return masks;
    }

    /** Lengths of the parts of {@link #integers}. */
    long[] integerSizes() {
        return new long[] {edits, (long) queries.size() * gathered, maskedRows.size(), maskedRows.size()};
    }

    /** Lengths of the parts of {@link #numbers}. */
    long[] numberSizes() {
        return new long[] {edits, edits, tempered ? queries.size() : 0};
    }

    /** Edited places of the rows laid end to end, tokens to gather, masked rows, and the mask of each. */
    LongBuffer integers() {
        LongBuffer out = ByteBuffer.allocateDirect(
                        Math.toIntExact(Arrays.stream(integerSizes()).sum()) * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        for (int row = 0; row < queries.size(); row++) {
            for (int token : queries.get(row).editTokens()) {
                out.put((long) row * width + token);
            }
        }
        for (RowQuery query : queries) {
            for (int i = 0; i < gathered; i++) {
                out.put(i < query.gather().length ? query.gather()[i] : 0);
            }
        }
        maskedRows.forEach(out::put);
        maskOfRow.forEach(out::put);
        return out.flip();
    }

    /** Repetition penalties, summands, and the temperatures where any is not 1. */
    FloatBuffer numbers() {
        FloatBuffer out = ByteBuffer.allocateDirect(
                        Math.toIntExact(Arrays.stream(numberSizes()).sum()) * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        queries.forEach(query -> out.put(query.repetition()));
        queries.forEach(query -> out.put(query.add()));
        if (tempered) {
            queries.forEach(query -> out.put(query.temperature()));
        }
        return out.flip();
    }

    /** Takes the device's answer apart: per row the best, the log of the sum, what was gathered; then the allowed. */
    List<RankedRow> unpack(float[] packed) {
        int stride = 2 * best + 1 + gathered;
        @Nullable Candidates[] allowed = new Candidates[queries.size()];
        for (int i = 0; i < maskedRows.size(); i++) {
            allowed[maskedRows.get(i)] = candidates(packed, queries.size() * stride + 2 * best * i);
        }
        return IntStream.range(0, queries.size())
                .mapToObj(row -> new RankedRow(
                        candidates(packed, row * stride),
                        packed[row * stride + 2 * best],
                        Arrays.copyOfRange(
                                packed,
                                row * stride + 2 * best + 1,
                                row * stride + 2 * best + 1 + queries.get(row).gather().length),
                        allowed[row]))
                .toList();
    }

    private Candidates candidates(float[] packed, int at) {
        int[] tokens = new int[best];
        for (int i = 0; i < best; i++) {
            tokens[i] = (int) packed[at + i];
        }
        return new Candidates(tokens, Arrays.copyOfRange(packed, at + best, at + 2 * best));
    }
}
