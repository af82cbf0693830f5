package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.weights.Dequantizer;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four-bit groups against the dequantiser: as stored where the file has four bits, half a step off elsewhere. */
class FourBitBlocksTests {
    private static final int COLUMNS = 512;
    private static final int ROWS = 3;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void groups_stand_for_the_weights(TensorType type) {
        ByteBuffer data = random(type);
        TensorInfo tensor = new TensorInfo("t", List.of((long) COLUMNS, (long) ROWS), type, 0, data.limit());
        float[] weights = new float[COLUMNS * ROWS];
        Dequantizer.decode(type, data.duplicate().order(ByteOrder.LITTLE_ENDIAN), FloatBuffer.wrap(weights));
        FourBitBlocks blocks = new FourBitBlocks(tensor, data);
        IntBuffer quanta = IntBuffer.allocate(32);
        for (int row : new int[] {2, 0, 1}) {
            for (int group = 0; group < COLUMNS / 32; group++) {
                blocks.read(row, group, quanta.clear());
                for (int i = 0; i < 32; i++) {
                    float weight = weights[row * COLUMNS + group * 32 + i];
                    float found = blocks.scale() * (quanta.get(i) - 8) + blocks.offset();
                    float most = type.bits() == 4
                            ? 1e-5f * (1 + Math.abs(blocks.offset()))
                            : 0.51f * Math.abs(blocks.scale()) + 1e-4f;
                    assertThat(quanta.get(i)).isBetween(0, 15);
                    assertThat(Math.abs(found - weight))
                            .as("row %d, group %d, weight %d", row, group, i)
                            .isLessThanOrEqualTo(most);
                }
            }
        }
    }

    /** Random bytes, with every scale a small half. */
    private static ByteBuffer random(TensorType type) {
        Random random = new Random(type.id());
        ByteBuffer data = ByteBuffer.allocate((int) type.bytes(COLUMNS * ROWS)).order(ByteOrder.LITTLE_ENDIAN);
        random.nextBytes(data.array());
        int size = type.blockBytes();
        for (int block = 0; block < data.limit(); block += size) {
            short scale = Float16.bits(0.01f + random.nextFloat() / 8);
            switch (type) {
                case F32 -> data.putFloat(block, (float) random.nextGaussian());
                case F16 -> data.putShort(block, Float16.bits((float) random.nextGaussian()));
                case BF16 ->
                    data.putShort(block, (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16));
                case Q6_K -> data.putShort(block + 208, scale);
                case Q4_0, Q8_0 -> data.putShort(block, scale);
                default -> data.putShort(block, scale).putShort(block + 2, scale);
            }
        }
        return data;
    }
}
