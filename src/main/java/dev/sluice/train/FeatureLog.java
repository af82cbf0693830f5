package dev.sluice.train;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A file of what was read from the model, so that reading can be stopped and gone on with: each entry is written when it is
 * complete, and what a stop cut off is dropped. One owner, one thread.
 */
final class FeatureLog implements AutoCloseable {
    private final Map<Long, float[][]> entries = new LinkedHashMap<>();
    private final OutputStream out;

    private FeatureLog(OutputStream out) {
        this.out = out;
    }

    /**
     * Opens a file, or makes one.
     *
     * @param key tells apart what its entries depend on
     * @throws IllegalArgumentException if the file was made under another key
     */
    static FeatureLog open(Path file, String key) {
        try {
            if (Files.notExists(file)) {
                ByteArrayOutputStream head = new ByteArrayOutputStream();
                new DataOutputStream(head).writeUTF(key);
                Files.write(file, head.toByteArray());
            }
            FeatureLog log = new FeatureLog(Files.newOutputStream(file, StandardOpenOption.APPEND));
            long end = log.read(file, key);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException("the file " + file + " cannot be read and written", e);
        }
    }

    /** The entry of a number; read now, and kept, where there is none yet. */
    float[][] get(long number, Supplier<float[][]> reading) {
        float[][] known = entries.get(number);
        if (known != null) {
            return known;
        }
        float[][] fresh = reading.get();
        append(number, fresh);
        entries.put(number, fresh);
        return fresh;
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(long number, float[][] rows) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream entry = new DataOutputStream(bytes);
            entry.writeLong(number);
            entry.writeInt(rows.length);
            entry.writeInt(rows.length == 0 ? 0 : rows[0].length);
            for (float[] row : rows) {
                for (float one : row) {
                    entry.writeFloat(one);
                }
            }
            out.write(bytes.toByteArray());
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("features cannot be written", e);
        }
    }

    /** Reads all whole entries; where they end. */
    private long read(Path file, String key) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            if (!in.readUTF().equals(key)) {
                throw new IllegalArgumentException(
                        file + " was made with another model, other data or other settings; remove it to begin anew");
            }
            long left = Files.size(file);
            long position = key.getBytes(StandardCharsets.UTF_8).length + 2L;
            while (true) {
                try {
                    long number = in.readLong();
                    int count = in.readInt();
                    int width = in.readInt();
                    long size = (long) count * width * Float.BYTES;
                    if (count < 0 || width < 0 || size > left) {
                        return position;
                    }
                    float[][] rows = new float[count][width];
                    for (float[] row : rows) {
                        for (int i = 0; i < width; i++) {
                            row[i] = in.readFloat();
                        }
                    }
                    entries.put(number, rows);
                    position += Long.BYTES + 2L * Integer.BYTES + size;
                } catch (EOFException e) {
                    return position;
                }
            }
        }
    }
}
