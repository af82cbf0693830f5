package dev.sluice.model.torch;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.gguf.GgufMetadata;

/**
 * The extents of a model of the llama family, as its file gives them.
 *
 * @param layers number of layers
 * @param width of the residual stream
 * @param inner width of the feed-forward part
 * @param heads query heads
 * @param kvHeads key and value heads; each serves {@code heads / kvHeads} query heads
 * @param headWidth width of a head
 * @param vocabulary rows of the embedding
 * @param context most positions the model was made for
 * @param ropeBase base of the rotary embedding
 * @param epsilon added to the mean square in the norms
 */
record LlamaShape(
        int layers,
        int width,
        int inner,
        int heads,
        int kvHeads,
        int headWidth,
        int vocabulary,
        int context,
        double ropeBase,
        double epsilon) {
    private static final String FAMILY = "llama";

    /** Reads the extents; throws {@link ModelFileException} for another family or extents that cannot be. */
    static LlamaShape of(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        String family = metadata.string("general.architecture");
        if (!family.equals(FAMILY)) {
            throw unsupported(file, "the model is of the family " + family + ", only " + FAMILY + " is supported");
        }
        String scaling = metadata.string("llama.rope.scaling.type", "none");
        if (!scaling.equals("none") || file.tensors().containsKey("rope_freqs.weight")) {
            throw unsupported(file, "it scales its rotary embedding (" + scaling + "), which is not supported");
        }
        if (metadata.integer("llama.expert_count", 0) != 0) {
            throw unsupported(file, "it is a mixture of experts, which is not supported");
        }
        int width = metadata.integer("llama.embedding_length", 32, 1 << 16);
        int heads = metadata.integer("llama.attention.head_count", 1, 1024);
        int kvHeads = metadata.contains("llama.attention.head_count_kv")
                ? metadata.integer("llama.attention.head_count_kv", 1, heads)
                : heads;
        int headWidth = (int) metadata.integer("llama.attention.key_length", width / heads);
        int rotated = (int) metadata.integer("llama.rope.dimension_count", headWidth);
        if (heads % kvHeads != 0 || headWidth * heads != width || headWidth % 2 != 0 || rotated != headWidth) {
            throw unsupported(
                    file,
                    "width " + width + ", heads " + heads + ", key heads " + kvHeads + ", head width " + headWidth
                            + " and rotated width " + rotated + " do not go together");
        }
        return new LlamaShape(
                metadata.integer("llama.block_count", 1, 1024),
                width,
                metadata.integer("llama.feed_forward_length", 32, 1 << 20),
                heads,
                kvHeads,
                headWidth,
                Math.toIntExact(file.tensor("token_embd.weight").weights() / width),
                metadata.integer("llama.context_length", 1, 1 << 24),
                metadata.number("llama.rope.freq_base", 10_000),
                metadata.number("llama.attention.layer_norm_rms_epsilon"));
    }

    /** Bytes of the keys and values of one position. */
    long bytesPerPosition() {
        return 2L * layers * kvHeads * headWidth * Float.BYTES;
    }

    private static ModelFileException unsupported(GgufFile file, String problem) {
        return new ModelFileException(
                ModelFileException.Code.UNSUPPORTED_ARCHITECTURE, file.path(), problem + "; use another model");
    }
}
