package dev.sluice.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.model.gguf.GgufBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class DequantizerTests {
    /** The half of 0.5. */
    private static final int HALF = 0x3800;

    @Test
    void halves_of_every_kind_convert() {
        assertThat(Dequantizer.half((short) 0x3c00)).isEqualTo(1f);
        assertThat(Dequantizer.half((short) 0xc000)).isEqualTo(-2f);
        assertThat(Dequantizer.half((short) 0x7bff)).isEqualTo(65504f);
        assertThat(Dequantizer.half((short) 1)).isEqualTo(0x1p-24f);
        assertThat(Dequantizer.half((short) 0x8000)).isEqualTo(-0f);
        assertThat(Dequantizer.half((short) 0x7c00)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Dequantizer.half((short) 0x7e00)).isNaN();
    }

    @Test
    void plain_types_convert() {
        assertThat(decode(TensorType.F32, 2, new GgufBytes().float32(1.25f).float32(-3f)))
                .containsExactly(1.25f, -3f);
        assertThat(decode(TensorType.F16, 1, new GgufBytes().int16(HALF))).containsExactly(0.5f);
        assertThat(decode(TensorType.BF16, 1, new GgufBytes().int16(0x3fc0))).containsExactly(1.5f);
    }

    @Test
    void bytes_are_signed_and_scaled() {
        GgufBytes block = new GgufBytes().int16(HALF);
        for (int i = 0; i < 32; i++) {
            block.int8(i - 16);
        }
        float[] weights = decode(TensorType.Q8_0, 32, block);
        for (int i = 0; i < 32; i++) {
            assertThat(weights[i]).isEqualTo((i - 16) * 0.5f);
        }
    }

    @Test
    void low_halves_come_before_high_ones() {
        GgufBytes symmetric = new GgufBytes().int16(HALF);
        GgufBytes affine = new GgufBytes().int16(HALF).int16(0x3c00);
        for (int i = 0; i < 16; i++) {
            symmetric.int8(i | (15 - i) << 4);
            affine.int8(i | (15 - i) << 4);
        }
        float[] centred = decode(TensorType.Q4_0, 32, symmetric);
        float[] shifted = decode(TensorType.Q4_1, 32, affine);
        for (int i = 0; i < 16; i++) {
            assertThat(centred[i]).isEqualTo((i - 8) * 0.5f);
            assertThat(centred[16 + i]).isEqualTo((7 - i) * 0.5f);
            assertThat(shifted[i]).isEqualTo(i * 0.5f + 1);
            assertThat(shifted[16 + i]).isEqualTo((15 - i) * 0.5f + 1);
        }
    }

    @Test
    void part_of_a_block_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decode(TensorType.Q8_0, 31, new GgufBytes()))
                .withMessageContaining("31");
    }

    private static float[] decode(TensorType type, int weights, GgufBytes bytes) {
        float[] out = new float[weights];
        Dequantizer.decode(type, ByteBuffer.wrap(bytes.bytes()).order(ByteOrder.LITTLE_ENDIAN), FloatBuffer.wrap(out));
        return out;
    }
}
