package dev.sluice.draft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The table of Token Recycling, and its file. */
class SuccessorTableTests {
    private static final int VOCABULARY = 300;

    private static SuccessorTable random(long seed) {
        Random random = new Random(seed);
        SuccessorTable table = new SuccessorTable(VOCABULARY);
        for (int i = 0; i < 2_000; i++) {
            int[] tokens = random.ints(0, VOCABULARY).distinct().limit(8).toArray();
            float[] probabilities = new float[tokens.length];
            float rest = 1;
            for (int rank = 0; rank < tokens.length; rank++) {
                probabilities[rank] = rest * 0.4f;
                rest -= probabilities[rank];
            }
            table.learn(random.nextInt(VOCABULARY / 2), new Successors(tokens, probabilities));
        }
        return table;
    }

    private static byte[] bytes(SuccessorTable table) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SuccessorFile.write(table, "abc", out);
        return out.toByteArray();
    }

    private static SuccessorTable read(byte[] bytes, String fingerprint, int vocabularySize) throws IOException {
        return SuccessorFile.read(new ByteArrayInputStream(bytes), fingerprint, vocabularySize);
    }

    @Test
    void rows_are_averaged_and_stay_in_order() {
        SuccessorTable table = new SuccessorTable(10);
        table.learn(1, new Successors(new int[] {2, 3}, new float[] {0.8f, 0.1f}));
        table.learn(1, new Successors(new int[] {3, 4}, new float[] {0.9f, 0.1f}));
        assertThat(table.successor(1, 0)).isEqualTo(3);
        assertThat(table.probability(1, 0)).isEqualTo(0.5f, within(1e-6f));
        assertThat(table.successor(1, 1)).isEqualTo(2);
        assertThat(table.probability(1, 1)).isEqualTo(0.4f, within(1e-6f));
        assertThat(table.successor(1, 2)).isEqualTo(4);
        assertThat(table.successor(1, 3)).isEqualTo(-1);
        assertThat(table.seen(1)).isEqualTo(2);
        SuccessorTable large = random(8);
        for (int token = 0; token < VOCABULARY; token++) {
            for (int rank = 1; rank < SuccessorTable.WIDTH; rank++) {
                assertThat(large.probability(token, rank)).isLessThanOrEqualTo(large.probability(token, rank - 1));
            }
            int of = token;
            assertThat(IntStream.range(0, SuccessorTable.WIDTH)
                            .map(rank -> large.successor(of, rank))
                            .filter(successor -> successor >= 0))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void a_copy_learns_alone() {
        SuccessorTable original = random(1);
        SuccessorTable one = original.copy();
        SuccessorTable other = original.copy();
        int known = original.successor(5, 0);
        for (int i = 0; i < 50; i++) {
            one.learn(5, new Successors(new int[] {299}, new float[] {1}));
        }
        assertThat(one.successor(5, 0)).isEqualTo(299);
        assertThat(other.successor(5, 0)).isEqualTo(known);
        assertThat(original.successor(5, 0)).isEqualTo(known);
    }

    @Test
    void a_file_gives_the_table_back_to_the_same_model_only() throws IOException {
        SuccessorTable table = random(2);
        SuccessorTable back = read(bytes(table), "abc", VOCABULARY);
        int known = 0;
        for (int token = 0; token < VOCABULARY; token++) {
            assertThat(back.seen(token)).isEqualTo(table.seen(token));
            for (int rank = 0; rank < SuccessorTable.WIDTH; rank++) {
                assertThat(back.probability(token, rank)).isCloseTo(table.probability(token, rank), within(1 / 509f));
                if (back.probability(token, rank) > 0) {
                    assertThat(back.successor(token, rank)).isEqualTo(table.successor(token, rank));
                    known++;
                }
            }
        }
        assertThat(known).isGreaterThan(500);
        assertThat(read(bytes(table), "abd", VOCABULARY).seen(5)).isZero();
        assertThat(read(bytes(table), "abc", VOCABULARY + 1).seen(5)).isZero();
    }

    @Test
    void a_damaged_file_is_an_error_and_no_crash() throws IOException {
        byte[] good = bytes(random(3));
        assertThatThrownBy(() -> read(new byte[] {1, 2, 3}, "abc", VOCABULARY)).isInstanceOf(IOException.class);
        Random random = new Random(9);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            byte[] bad = good.clone();
            for (int j = 0; j < 3; j++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                read(bad, "abc", VOCABULARY);
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(100);
    }
}
