package dev.sluice.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddingTests {
    private static final int WIDTH = 1024;
    private static final int TOKENS = 4096;

    @Test
    void rows_are_copied_outside_the_heap_and_scaled_when_read() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int bytes = WIDTH * TOKENS * Float.BYTES;
        ByteBuffer data = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(WIDTH * 5 * Float.BYTES, 1.5f);
        TensorInfo tensor =
                new TensorInfo("token_embd.weight", List.of((long) WIDTH, (long) TOKENS), TensorType.F32, 0, bytes);

        long before = threads.getCurrentThreadAllocatedBytes();
        Embedding embedding = new Embedding(tensor, data, 2);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(bytes / 16);

        data.putFloat(WIDTH * 5 * Float.BYTES, 7);
        FloatBuffer row = FloatBuffer.allocate(WIDTH);
        embedding.row(5, row, WIDTH);
        assertThat(row.hasRemaining()).isFalse();
        assertThat(row.get(0)).isEqualTo(3);
    }
}
