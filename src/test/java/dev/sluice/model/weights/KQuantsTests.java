package dev.sluice.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks packed bit by bit from known scales and numbers, against the formulas of the format. */
class KQuantsTests {
    private static final int BLOCKS = 20;
    private static final short FACTOR = 0x2e66;
    private static final short OFFSET = 0x30cd;

    @Test
    void four_bits_give_the_formula() {
        Random random = new Random(1);
        for (int i = 0; i < BLOCKS; i++) {
            int[] q = random.ints(256, 0, 16).toArray();
            int[] scales = random.ints(8, 0, 64).toArray();
            int[] offsets = random.ints(8, 0, 64).toArray();
            ByteBuffer block = block(TensorType.Q4_K);
            head(block, scales, offsets);
            lowHalves(block, 16, q);
            checkAffine(TensorType.Q4_K, block, q, scales, offsets);
            for (int w = 0; w < 256; w++) {
                assertThat(KQuants.quantum(block, 0, w / 32, w % 32)).isEqualTo(q[w]);
            }
        }
    }

    @Test
    void five_bits_give_the_formula() {
        Random random = new Random(2);
        for (int i = 0; i < BLOCKS; i++) {
            int[] q = random.ints(256, 0, 32).toArray();
            int[] scales = random.ints(8, 0, 64).toArray();
            int[] offsets = random.ints(8, 0, 64).toArray();
            ByteBuffer block = block(TensorType.Q5_K);
            head(block, scales, offsets);
            for (int w = 0; w < 256; w++) {
                set(block, 16 + w % 32, (q[w] >> 4) << (w / 32));
            }
            lowHalves(block, 48, q);
            checkAffine(TensorType.Q5_K, block, q, scales, offsets);
        }
    }

    @Test
    void six_bits_give_the_formula() {
        Random random = new Random(3);
        for (int i = 0; i < BLOCKS; i++) {
            int[] q = random.ints(256, 0, 64).toArray();
            ByteBuffer block = block(TensorType.Q6_K);
            block.putShort(208, FACTOR);
            for (int g = 0; g < 16; g++) {
                block.put(192 + g, (byte) random.nextInt());
            }
            for (int w = 0; w < 256; w++) {
                int place = w % 128;
                set(block, w / 128 * 64 + place % 64, (q[w] & 15) << (place < 64 ? 0 : 4));
                set(block, 128 + w / 128 * 32 + place % 32, (q[w] >> 4) << (2 * (place / 32)));
            }
            float[] found = decode(TensorType.Q6_K, block);
            for (int w = 0; w < 256; w++) {
                float expected = Dequantizer.half(FACTOR) * block.get(192 + w / 16) * (q[w] - 32);
                assertThat(found[w]).as("weight %d", w).isEqualTo(expected);
            }
        }
    }

    @Test
    void several_blocks_follow_one_another() {
        ByteBuffer blocks = ByteBuffer.allocate(2 * 144).order(ByteOrder.LITTLE_ENDIAN);
        blocks.putShort(144, (short) 0x3c00).put(144 + 4, (byte) 2).put(144 + 16, (byte) 7);
        float[] out = new float[512];
        Dequantizer.decode(TensorType.Q4_K, blocks, FloatBuffer.wrap(out));
        assertThat(out[0]).isZero();
        assertThat(out[256]).isEqualTo(14f);
        assertThat(blocks.position()).isEqualTo(288);
    }

    private static void checkAffine(TensorType type, ByteBuffer block, int[] q, int[] scales, int[] offsets) {
        float[] found = decode(type, block);
        for (int w = 0; w < 256; w++) {
            float scale = Dequantizer.half(FACTOR) * scales[w / 32];
            float offset = Dequantizer.half(OFFSET) * offsets[w / 32];
            assertThat(found[w]).as("%s, weight %d", type, w).isEqualTo(scale * q[w] - offset);
        }
    }

    /** Half-precision factors, then six-bit scales and offsets: the last four share bytes with the first four. */
    private static void head(ByteBuffer block, int[] scales, int[] offsets) {
        block.putShort(0, FACTOR).putShort(2, OFFSET);
        for (int g = 0; g < 4; g++) {
            set(block, 4 + g, scales[g] | (scales[g + 4] >> 4) << 6);
            set(block, 8 + g, offsets[g] | (offsets[g + 4] >> 4) << 6);
            set(block, 12 + g, (scales[g + 4] & 15) | (offsets[g + 4] & 15) << 4);
        }
    }

    /** Groups by twos, the even one in the low halves. */
    private static void lowHalves(ByteBuffer block, int from, int[] q) {
        for (int w = 0; w < 256; w++) {
            set(block, from + w / 64 * 32 + w % 32, (q[w] & 15) << (w / 32 % 2 * 4));
        }
    }

    private static void set(ByteBuffer block, int at, int bits) {
        block.put(at, (byte) (block.get(at) | bits));
    }

    private static ByteBuffer block(TensorType type) {
        return ByteBuffer.allocate(type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static float[] decode(TensorType type, ByteBuffer block) {
        float[] out = new float[256];
        Dequantizer.decode(type, block.position(0), FloatBuffer.wrap(out));
        assertThat(block.position()).isEqualTo(type.blockBytes());
        return out;
    }
}
