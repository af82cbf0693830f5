package dev.sluice.model.weights;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/**
 * A model file that is mapped piece by piece. Has one owner, who closes it; bytes handed out stay valid after that. Safe
 * for use by several threads.
 */
public final class MappedFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final long length;

    private MappedFile(Path path, FileChannel channel, long length) {
        this.path = path;
        this.channel = channel;
        this.length = length;
    }

    /**
     * Opens a file and makes something of it that owns it; closes it where that fails. Throws {@link ModelFileException}.
     *
     * @param reader reads the header
     */
    public static <T> T open(Path path, Function<MappedFile, T> reader) {
        MappedFile file = open(path);
        boolean read = false;
        try {
            T result = reader.apply(file);
            read = true;
            return result;
        } finally {
            if (!read) {
                file.close();
            }
        }
    }

    private static MappedFile open(Path path) {
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new MappedFile(path, channel, channel.size());
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Its bytes when it was opened. */
    public long length() {
        return length;
    }

    /** A piece of it: read-only, little-endian, read when touched. */
    public ByteBuffer map(long offset, long bytes) {
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    /** The bytes of a tensor of this file, at most {@link Integer#MAX_VALUE}. */
    public ByteBuffer data(TensorInfo tensor) {
        if (tensor.byteLength() > Integer.MAX_VALUE) {
            throw new ModelFileException(
                    Code.UNSUPPORTED_TYPE,
                    path,
                    "tensor " + tensor.name() + " has " + tensor.byteLength() + " bytes, at most " + Integer.MAX_VALUE
                            + " are read; use a smaller model");
        }
        return map(tensor.offset(), tensor.byteLength());
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // A channel that was only read from has nothing to lose.
            return;
        }
    }

    private static ModelFileException unreadable(Path path, IOException cause) {
        return new ModelFileException(
                Code.UNREADABLE,
                path,
                "it cannot be read (" + cause.getClass().getSimpleName() + "); check that it exists and is readable",
                cause);
    }
}
