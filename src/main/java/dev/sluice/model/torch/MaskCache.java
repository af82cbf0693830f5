package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sluice.model.TokenMask;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Token masks on the device, one byte a token, keyed by identity; the least recently used go first. */
final class MaskCache {
    private final NDManager scope;
    private final int width;
    private final int most;
    /** In the order of use; a mask equals itself alone. */
    private final Map<TokenMask, NDArray> masks = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * An empty cache.
     *
     * @param scope owns the arrays
     * @param width tokens of a row
     * @param most masks that outlast a call
     */
    MaskCache(NDManager scope, int width, int most) {
        this.scope = scope;
        this.width = width;
        this.most = most;
    }

    /** The mask's array: true where a token is forbidden. Stays until {@link #trim}. */
    NDArray get(TokenMask mask) {
        return masks.computeIfAbsent(mask, this::upload);
    }

    /** Drops what is too many. */
    void trim() {
        Iterator<NDArray> oldest = masks.values().iterator();
        for (int left = masks.size(); left > most; left--) {
            oldest.next().close();
            oldest.remove();
        }
    }

    /** Masks held. */
    int size() {
        return masks.size();
    }

    private NDArray upload(TokenMask mask) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(width);
        for (int token = 0; token < width; token++) {
            bytes.put((byte) (mask.forbids(token) ? 1 : 0));
        }
        return TorchModule.array(scope, bytes.flip(), DataType.BOOLEAN, new Shape(width));
    }
}
