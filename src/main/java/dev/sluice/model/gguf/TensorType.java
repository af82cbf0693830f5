package dev.sluice.model.gguf;

import java.util.Optional;

/** How the weights of a tensor are stored: in blocks of so many weights, each of so many bytes. */
public enum TensorType {
    /** IEEE single precision. */
    F32(0, 1, 4),
    /** IEEE half precision. */
    F16(1, 1, 2),
    /** Blocks of a half {@code d} and 32 four-bit {@code q}: {@code w = d·(q − 8)}. */
    Q4_0(2, 32, 18),
    /** Blocks of halves {@code d}, {@code m} and 32 four-bit {@code q}: {@code w = d·q + m}. */
    Q4_1(3, 32, 20),
    /** Blocks of a half {@code d} and 32 signed bytes {@code q}: {@code w = d·q}. */
    Q8_0(8, 32, 34),
    /** The upper half of an IEEE single. */
    BF16(30, 1, 2);

    private final int id;
    private final int blockWeights;
    private final int blockBytes;

    TensorType(int id, int blockWeights, int blockBytes) {
        this.id = id;
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
    }

    /** The type's number in the format. */
    public int id() {
        return id;
    }

    /** Weights in a block; rows are whole blocks. */
    public int blockWeights() {
        return blockWeights;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The type of that number, if it is one that is read. */
    static Optional<TensorType> of(int id) {
        for (TensorType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
