package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RankedRow.Candidates;
import dev.sluice.model.RowQuery;
import dev.sluice.model.TokenMask;
import dev.sluice.testkit.Series;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The ranking on the device against a plain one. */
class RankTests {
    private static final int TOKENS = 64 * 50 - 7;
    private static final int WIDTH = 64 * 50;
    private static final BitSet CONTROL = new BitSet();
    private static @Nullable TorchModule module;

    static {
        CONTROL.set(0, 5);
        CONTROL.set(TOKENS, WIDTH);
    }

    @BeforeAll
    static void load() {
        TorchRuntime.load(Path.of(System.getProperty("user.home"), ".cache", "sluice"), 3000);
        TorchModule loading = new TorchModule(TorchLoader.archive(), Device.cpu());
        try (NDManager scope = loading.scope()) {
            float[] control = new float[WIDTH];
            CONTROL.stream().forEach(token -> control[token] = Float.NEGATIVE_INFINITY);
            loading.callForLong(
                    "load",
                    TorchModule.tensors(List.of()),
                    TorchModule.tensors(List.of()),
                    TorchModule.tensors(List.of(array(scope, new float[2], 1, 1, 2))),
                    TorchModule.tensor(array(scope, control, WIDTH)),
                    IValue.listFrom(1, 1, 1, 2, 1, 0, 0, 0, 0, 0, 0),
                    IValue.listFrom(0, 0),
                    IValue.listFrom(1e-5, 1, 0, 0));
        }
        module = loading;
    }

    @AfterAll
    static void close() {
        if (module != null) {
            module.close();
        }
    }

    @Test
    void random_rows_rank_as_the_plain_twin_ranks_them() {
        for (int seed : Series.of("device-ranking", 200, 5_000)) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(6);
            float[][] rows = new float[count][];
            List<RowQuery> queries = new ArrayList<>();
            List<TokenMask> masks =
                    IntStream.range(0, 3).mapToObj(i -> mask(random)).toList();
            for (int row = 0; row < count; row++) {
                rows[row] = row(random);
                queries.add(query(random, masks));
            }
            List<RankedRow> found = rank(rows, queries);
            for (int row = 0; row < count; row++) {
                compare("seed " + seed + ", row " + row, rows[row], queries.get(row), found.get(row));
            }
        }
    }

    @Test
    void a_row_ranks_the_same_alone_and_beside_others() {
        Random random = new Random(7);
        for (int round = 0; round < 20; round++) {
            float[][] rows = {row(random), row(random), row(random), row(random), row(random)};
            List<TokenMask> masks = List.of(mask(random));
            List<RowQuery> queries =
                    IntStream.range(0, 5).mapToObj(i -> query(random, masks)).toList();
            List<RankedRow> together = rank(rows, queries);
            for (int i = 0; i < 5; i++) {
                RankedRow alone =
                        rank(new float[][] {rows[i]}, List.of(queries.get(i))).get(0);
                assertThat(together.get(i)).usingRecursiveComparison().isEqualTo(alone);
            }
        }
    }

    @Test
    void the_mask_cache_drops_the_least_recently_used() {
        TorchModule loaded = java.util.Objects.requireNonNull(module);
        try (NDManager scope = loaded.scope()) {
            MaskCache cache = new MaskCache(scope, WIDTH, 2);
            Random random = new Random(1);
            TokenMask kept = mask(random);
            NDArray first = cache.get(kept);
            cache.get(mask(random));
            cache.get(kept);
            cache.get(mask(random));
            assertThat(cache.size()).isEqualTo(3);
            cache.trim();
            assertThat(cache.size()).isEqualTo(2);
            assertThat(cache.get(kept)).isSameAs(first);
        }
    }

    private static void compare(String where, float[] row, RowQuery query, RankedRow found) {
        float[] edited = edited(row, query);
        candidates(where, edited, null, found.best());
        double sum = 0;
        float top = found.best().logits()[0];
        for (float logit : edited) {
            sum += logit == Float.NEGATIVE_INFINITY ? 0 : Math.exp((double) logit - top);
        }
        double expected = sum == 0 ? Double.NEGATIVE_INFINITY : top + Math.log(sum);
        if (Double.isInfinite(expected)) {
            assertThat(found.logSumExp()).as(where).isEqualTo(Float.NEGATIVE_INFINITY);
        } else {
            assertThat((double) found.logSumExp()).as(where).isCloseTo(expected, within(1e-4));
        }
        float[] gathered = new float[query.gather().length];
        for (int i = 0; i < gathered.length; i++) {
            gathered[i] = edited[query.gather()[i]];
        }
        assertThat(found.gathered()).as(where).isEqualTo(gathered);
        TokenMask mask = query.mask();
        if (mask == null) {
            assertThat(found.allowed()).as(where).isNull();
        } else {
            candidates(where, edited, mask, java.util.Objects.requireNonNull(found.allowed()));
        }
    }

    /** The K best in order, and each with its own logit. */
    private static void candidates(String where, float[] edited, @Nullable TokenMask mask, Candidates found) {
        float[] kept = edited.clone();
        for (int token = 0; token < TOKENS; token++) {
            if (mask != null && mask.forbids(token)) {
                kept[token] = Float.NEGATIVE_INFINITY;
            }
        }
        float[] sorted = kept.clone();
        Arrays.sort(sorted);
        BitSet seen = new BitSet();
        for (int i = 0; i < TorchPass.BEST; i++) {
            assertThat(found.logits()[i]).as(where).isEqualTo(sorted[WIDTH - 1 - i]);
            if (found.logits()[i] > Float.NEGATIVE_INFINITY) {
                assertThat(kept[found.tokens()[i]]).as(where).isEqualTo(found.logits()[i]);
                assertThat(seen.get(found.tokens()[i])).as(where).isFalse();
                seen.set(found.tokens()[i]);
            }
        }
    }

    /** The law of {@link RowQuery}, over the padded width. */
    private static float[] edited(float[] row, RowQuery query) {
        float[] edited = Arrays.copyOf(row, WIDTH);
        for (int i = 0; i < query.editTokens().length; i++) {
            float l = row[query.editTokens()[i]];
            float penalty = query.repetition()[i];
            edited[query.editTokens()[i]] = (l > 0 ? l / penalty : l * penalty) + query.add()[i];
        }
        for (int token = 0; token < WIDTH; token++) {
            edited[token] = CONTROL.get(token) ? Float.NEGATIVE_INFINITY : edited[token] / query.temperature();
        }
        return edited;
    }

    private static float[] row(Random random) {
        float[] row = new float[WIDTH];
        int kind = random.nextInt(5);
        for (int token = 0; token < TOKENS; token++) {
            row[token] = switch (kind) {
                case 0 -> random.nextInt(4);
                case 1 -> random.nextInt(100) == 0 ? random.nextFloat() : Float.NEGATIVE_INFINITY;
                case 2 -> random.nextInt(40) == 0 && random.nextBoolean() ? 30 : Float.NEGATIVE_INFINITY;
                default -> (float) (random.nextGaussian() * 8);
            };
        }
        if (kind == 2 && random.nextBoolean()) {
            Arrays.fill(row, Float.NEGATIVE_INFINITY);
        }
        return row;
    }

    private static TokenMask mask(Random random) {
        BitSet bits = new BitSet();
        int kind = random.nextInt(3);
        for (int token = 0; token < TOKENS; token++) {
            if (kind == 0 || (kind == 1 ? random.nextInt(100) > 0 : random.nextBoolean())) {
                bits.set(token);
            }
        }
        return new TokenMask(bits.toLongArray());
    }

    private static RowQuery query(Random random, List<TokenMask> masks) {
        int edits = random.nextInt(3) * random.nextInt(40);
        int[] tokens = random.ints(0, TOKENS).distinct().limit(edits).toArray();
        float[] repetition = new float[edits];
        float[] add = new float[edits];
        for (int i = 0; i < edits; i++) {
            repetition[i] = random.nextBoolean() ? 1 : 1 + random.nextFloat();
            add[i] = random.nextBoolean() ? 0 : random.nextFloat() * 10 - 5;
        }
        float temperature = random.nextBoolean() ? 1 : 0.1f + random.nextFloat();
        int[] gather =
                random.ints(0, TOKENS).distinct().limit(random.nextInt(8)).toArray();
        TokenMask mask = random.nextInt(2) == 0 ? null : masks.get(random.nextInt(masks.size()));
        return new RowQuery(tokens, repetition, add, temperature, gather, mask);
    }

    private static List<RankedRow> rank(float[][] rows, List<RowQuery> queries) {
        TorchModule loaded = java.util.Objects.requireNonNull(module);
        NDManager scope = loaded.scope();
        float[] flat = new float[rows.length * WIDTH];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * WIDTH, WIDTH);
        }
        try (NDManager masks = loaded.scope();
                TorchPass pass = new TorchPass(
                        loaded,
                        new MaskCache(masks, WIDTH, 2),
                        new NetworkCache(masks),
                        scope,
                        array(scope, flat, rows.length, WIDTH),
                        array(scope, new float[rows.length], rows.length, 1),
                        TOKENS)) {
            return pass.rank(queries);
        }
    }

    private static NDArray array(NDManager scope, float[] values, long... extents) {
        FloatBuffer buffer = ByteBuffer.allocateDirect(values.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        return TorchModule.array(scope, buffer.put(values).flip(), DataType.FLOAT32, new Shape(extents));
    }
}
