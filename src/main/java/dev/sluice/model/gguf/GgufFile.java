package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.ModelShape;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF model file, version 2 or 3: metadata, and tensors as mapped bytes.
 *
 * <p>Opening reads the header alone. Nothing in the file is trusted: whatever is wrong with it surfaces as a
 * {@link ModelFileException}. Safe for use by several threads; bytes handed out stay valid after {@link #close}.
 */
public final class GgufFile implements WeightSource {
    private final Path file;
    private final FileChannel channel;
    private final GgufHeader.Contents header;

    private GgufFile(Path file, FileChannel channel, GgufHeader.Contents header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /** Opens a file and reads its header; throws {@link ModelFileException}. */
    public static GgufFile open(Path file) {
        @Nullable FileChannel channel = null;
        boolean opened = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            long length = channel.size();
            ByteBuffer head = channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(length, GgufHeader.MAX_BYTES));
            GgufFile opening = new GgufFile(file, channel, GgufHeader.read(file, head, length));
            opened = true;
            return opening;
        } catch (IOException e) {
            throw unreadable(file, e);
        } finally {
            if (!opened && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    @Override
    public Path path() {
        return file;
    }

    @Override
    public List<Path> files() {
        return List.of(file);
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
                    file,
                    "tensor " + name + " is missing among " + header.tensors().size()
                            + "; use a complete conversion of the model");
        }
        return info;
    }

    @Override
    public ByteBuffer data(TensorInfo tensor) {
        if (tensor.byteLength() > Integer.MAX_VALUE) {
            throw new ModelFileException(
                    Code.UNSUPPORTED_TYPE,
                    file,
                    "tensor " + tensor.name() + " has " + tensor.byteLength() + " bytes, at most " + Integer.MAX_VALUE
                            + " are read; use a smaller model");
        }
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, tensor.offset(), tensor.byteLength())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static ModelFileException unreadable(Path file, IOException cause) {
        return new ModelFileException(
                Code.UNREADABLE,
                file,
                "it cannot be read (" + cause.getClass().getSimpleName() + "); check that it exists and is readable",
                cause);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // A channel that was only read from has nothing to lose.
            return;
        }
    }
}
