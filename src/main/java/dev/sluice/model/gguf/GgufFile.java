package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.MappedFile;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.token.LoadedTokenizer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A GGUF model file, version 2 or 3: metadata, and tensors as mapped bytes.
 *
 * <p>Opening reads the header alone. Nothing in the file is trusted: whatever is wrong with it surfaces as a
 * {@link ModelFileException}. Safe for use by several threads; bytes handed out stay valid after {@link #close}.
 */
public final class GgufFile implements WeightSource {
    private final MappedFile file;
    private final GgufHeader.Contents header;

    private GgufFile(MappedFile file, GgufHeader.Contents header) {
        this.file = file;
        this.header = header;
    }

    /** Opens a file and reads its header; throws {@link ModelFileException}. */
    public static GgufFile open(Path path) {
        return MappedFile.open(path, file -> {
            ByteBuffer head = file.map(0, Math.min(file.length(), GgufHeader.MAX_BYTES));
            return new GgufFile(file, GgufHeader.read(path, head, file.length()));
        });
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    @Override
    public ModelShape shape() {
        return GgufShape.of(this);
    }

    /** The metadata. */
    public GgufMetadata metadata() {
        return header.metadata();
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    @Override
    public TensorInfo tensor(String name) {
        TensorInfo info = header.tensors().get(name);
        if (info == null) {
            throw new ModelFileException(
                    Code.TENSOR,
                    file.path(),
                    "tensor " + name + " is missing among " + header.tensors().size()
                            + "; use a complete conversion of the model");
        }
        return info;
    }

    @Override
    public ByteBuffer data(TensorInfo tensor) {
        return file.data(tensor);
    }

    @Override
    public LoadedTokenizer tokenizer() {
        return GgufTokenizer.load(this);
    }

    @Override
    public void close() {
        file.close();
    }
}
