package dev.sluice.model.weights;

import java.util.Optional;

/** How the weights of a tensor are stored: in blocks of so many weights, each of so many bytes. */
public enum TensorType {
    /** IEEE single precision. */
    F32(0, 1, 4, 32),
    /** IEEE half precision. */
    F16(1, 1, 2, 16),
    /** Blocks of a half {@code d} and 32 four-bit {@code q}: {@code w = d·(q − 8)}. */
    Q4_0(2, 32, 18, 4),
    /** Blocks of halves {@code d}, {@code m} and 32 four-bit {@code q}: {@code w = d·q + m}. */
    Q4_1(3, 32, 20, 4),
    /** Blocks of a half {@code d} and 32 signed bytes {@code q}: {@code w = d·q}. */
    Q8_0(8, 32, 34, 8),
    /** Eight groups of 32 four-bit {@code q}, each with six-bit {@code s}, {@code t}: {@code w = d·s·q − m·t}. */
    Q4_K(12, 256, 144, 4),
    /** As {@link #Q4_K}, with {@code q} of five bits. */
    Q5_K(13, 256, 176, 5),
    /** Sixteen groups of 16 six-bit {@code q}, each with a signed byte {@code s}: {@code w = d·s·(q − 32)}. */
    Q6_K(14, 256, 210, 6),
    /** The upper half of an IEEE single. */
    BF16(30, 1, 2, 16);

    private final int id;
    private final int blockWeights;
    private final int blockBytes;
    private final int bits;

    TensorType(int id, int blockWeights, int blockBytes, int bits) {
        this.id = id;
        this.blockWeights = blockWeights;
        this.blockBytes = blockBytes;
        this.bits = bits;
    }

    /** The type's number in GGUF files. */
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

    /** Bits of a weight, without its share of a block's scales. */
    public int bits() {
        return bits;
    }

    /** Bytes of so many weights, which are whole blocks. */
    public long bytes(long weights) {
        return weights / blockWeights * blockBytes;
    }

    /** The type of that number, if it is one that is read. */
    public static Optional<TensorType> of(int id) {
        for (TensorType type : values()) {
            if (type.id == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
