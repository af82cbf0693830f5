package dev.sluice.model.weights;

import dev.sluice.token.LoadedTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A model on disk, whatever its format: what it is, and its tensors under the names that GGUF files give them.
 *
 * <p>Nothing in it is trusted: each method throws {@link dev.sluice.model.ModelFileException} where the model contradicts
 * itself. Tensors are mapped and so read when touched; bytes handed out stay valid after {@link #close}. Safe for use by
 * several threads.
 */
public interface WeightSource extends AutoCloseable {
    /** The file or folder, for messages. */
    Path path();

    /** All files that say what the model is, tokenizer apart, in a fixed order. */
    List<Path> files();

    /** Family and extents. */
    ModelShape shape();

    /** The tensors by name; unmodifiable. */
    Map<String, TensorInfo> tensors();

    /** The tensor of that name. */
    TensorInfo tensor(String name);

    /** The bytes of a tensor of this model: read-only, little-endian. */
    ByteBuffer data(TensorInfo tensor);

    /** Builds the tokenizer that comes with the weights, and the chat template if there is one that can be used. */
    LoadedTokenizer tokenizer();

    @Override
    void close();
}
