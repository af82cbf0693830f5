package dev.sluice.model.weights;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.nio.file.Path;
import java.util.List;

/**
 * What a model is, apart from its weights.
 *
 * @param family its family
 * @param extents its extents
 * @param layers one entry a layer
 * @param ropes the rotary embeddings that layers refer to
 * @param window positions that a windowed layer sees, the present one included
 * @param queryScale factor of the scores of attention
 * @param attentionCap bound that scores are bent to, {@code cap · tanh(s / cap)}; 0 for none
 * @param logitCap bound that logits are bent to in the same way; 0 for none
 * @param storage how the file differs from what is computed with
 */
public record ModelShape(
        Family family,
        Extents extents,
        List<Layer> layers,
        List<Rope> ropes,
        int window,
        double queryScale,
        double attentionCap,
        double logitCap,
        Storage storage) {

    private static final int MOST_LAYERS = 1024;

    public ModelShape {
        layers = List.copyOf(layers);
        ropes = List.copyOf(ropes);
    }

    /**
     * The sizes of a model.
     *
     * @param width of the residual stream
     * @param inner width of the feed-forward part
     * @param heads query heads
     * @param kvHeads key and value heads; each serves {@code heads / kvHeads} query heads
     * @param headWidth width of a head
     * @param vocabulary rows of the embedding
     * @param context most positions the model was made for
     * @param epsilon added to the mean square in the norms
     */
    public record Extents(
            int width, int inner, int heads, int kvHeads, int headWidth, int vocabulary, int context, double epsilon) {}

    /**
     * What layers differ in.
     *
     * @param rope which rotary embedding turns queries and keys
     * @param windowed whether it sees the last {@code window} positions only
     */
    public record Layer(int rope, boolean windowed) {}

    /**
     * How a file stores what is computed with.
     *
     * @param halves whether row {@code i} of a head of queries or keys is turned with row {@code i + headWidth / 2}, not
     *     with its neighbour
     * @param normOffset added to each weight of a norm
     * @param tied whether the output matrix is the embedding
     */
    public record Storage(boolean halves, float normOffset, boolean tied) {}

    /** Width of the residual stream. */
    public int width() {
        return extents.width();
    }

    /** Width of the feed-forward part. */
    public int inner() {
        return extents.inner();
    }

    /** Query heads. */
    public int heads() {
        return extents.heads();
    }

    /** Key and value heads. */
    public int kvHeads() {
        return extents.kvHeads();
    }

    /** Width of a head. */
    public int headWidth() {
        return extents.headWidth();
    }

    /** Rows of the embedding. */
    public int vocabulary() {
        return extents.vocabulary();
    }

    /** Most positions the model was made for. */
    public int context() {
        return extents.context();
    }

    /** Rows of the query matrix. */
    public int queryRows() {
        return heads() * headWidth();
    }

    /** Rows of the key matrix, and of the value matrix. */
    public int keyRows() {
        return kvHeads() * headWidth();
    }

    /** Factor of the embedding. */
    public float embeddingScale() {
        return family.gemma() ? (float) Math.sqrt(width()) : 1;
    }

    /** Bytes of the keys and values of one position. */
    public long bytesPerPosition() {
        return 2L * layers.size() * keyRows() * Float.BYTES;
    }

    /**
     * Whether everything lies within bounds and fits together.
     *
     * @param file for messages
     * @throws ModelFileException where it does not
     */
    public void check(Path file) {
        within(file, "layers", layers.size(), 1, MOST_LAYERS);
        within(file, "width", width(), 1, 1 << 16);
        within(file, "feed-forward width", inner(), 1, 1 << 20);
        within(file, "heads", heads(), 1, 1024);
        within(file, "key heads", kvHeads(), 1, heads());
        within(file, "head width", headWidth(), 2, 1024);
        within(file, "vocabulary", vocabulary(), 1, 1 << 24);
        within(file, "context", context(), 1, 1 << 28);
        within(file, "sliding window", window, layers.stream().anyMatch(Layer::windowed) ? 1 : 0, Integer.MAX_VALUE);
        positive(file, "norm epsilon", extents.epsilon());
        positive(file, "attention scale", queryScale);
        if (heads() % kvHeads() != 0 || headWidth() % 2 != 0) {
            throw bad(
                    file,
                    "heads " + heads() + ", key heads " + kvHeads() + " and head width " + headWidth()
                            + " do not go together");
        }
        if (!(attentionCap >= 0 && attentionCap <= 1e6 && logitCap >= 0 && logitCap <= 1e6)) {
            throw bad(file, "its soft caps must be from 0 to 1e6, but are " + attentionCap + " and " + logitCap);
        }
        for (Rope rope : ropes) {
            positive(file, "rotary magnitude", rope.magnitude());
            boolean finite = rope.frequencies().stream().allMatch(f -> f >= 0 && f <= 1e6);
            if (!finite || rope.frequencies().size() != headWidth() / 2) {
                throw bad(
                        file,
                        "its rotary embedding must have " + headWidth() / 2 + " frequencies from 0 to 1e6, but has "
                                + rope.frequencies());
            }
        }
        if (layers.stream().anyMatch(layer -> layer.rope() < 0 || layer.rope() >= ropes.size())) {
            throw bad(file, "a layer names a rotary embedding that is not among its " + ropes.size());
        }
    }

    private static void within(Path file, String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw bad(file, "its " + what + " must be from " + least + " to " + most + ", but is " + value);
        }
    }

    private static void positive(Path file, String what, double value) {
        if (!(value > 0 && value <= 1e6)) {
            throw bad(file, "its " + what + " must be above 0 and at most 1e6, but is " + value);
        }
    }

    private static ModelFileException bad(Path file, String problem) {
        return new ModelFileException(Code.METADATA, file, problem + "; use another conversion of the model");
    }
}
