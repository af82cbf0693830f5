package dev.sluice.draft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A {@link SuccessorTable} as a file: what Token Recycling begins with.
 *
 * <p>A gzip stream, big-endian: {@code SLTR}, a version byte, the vocabulary's size (int), the model's fingerprint (UTF),
 * the number of rows (int); then rows by ascending token, each the distance to the last one (varint), how many rows it is
 * made of (byte), its number of successors (byte), and for each the token (varint) and the probability in 255ths (byte).
 */
public final class SuccessorFile {
    private static final int MAGIC = 0x534C5452;
    private static final int VERSION = 1;
    private static final float STEPS = 255;

    private SuccessorFile() {}

    /** Which model a file is for. */
    private record Header(int vocabularySize, String fingerprint) {}

    /**
     * Reads the table of a model.
     *
     * @param in a whole file; not closed
     * @param fingerprint of the model that runs
     * @param vocabularySize of the model that runs
     * @return an empty table where the file is for another model
     * @throws IOException if it is no such file, or damaged
     */
    public static SuccessorTable read(InputStream in, String fingerprint, int vocabularySize) throws IOException {
        DataInputStream data = new DataInputStream(new GZIPInputStream(in));
        SuccessorTable table = new SuccessorTable(vocabularySize);
        if (!header(data).equals(new Header(vocabularySize, fingerprint))) {
            return table;
        }
        int rows = data.readInt();
        int token = -1;
        for (int row = 0; row < rows; row++) {
            token = checked((long) token + varint(data), vocabularySize);
            int seen = data.readUnsignedByte();
            int count = data.readUnsignedByte();
            if (seen > Byte.MAX_VALUE || count > SuccessorTable.WIDTH) {
                throw new IOException("a row of the table has " + count + " successors from " + seen
                        + " rows, but at most " + SuccessorTable.WIDTH + " from 127 are possible: it is damaged");
            }
            int[] tokens = new int[count];
            float[] probabilities = new float[count];
            for (int rank = 0; rank < count; rank++) {
                tokens[rank] = checked(varint(data), vocabularySize);
                probabilities[rank] = data.readUnsignedByte() / STEPS;
            }
            table.set(token, seen, new Successors(tokens, probabilities));
        }
        return table;
    }

    private static Header header(DataInputStream data) throws IOException {
        if (data.readInt() != MAGIC || data.readUnsignedByte() != VERSION) {
            throw new IOException("not a table of successors, version " + VERSION);
        }
        return new Header(data.readInt(), data.readUTF());
    }

    private static int checked(long token, int vocabularySize) throws IOException {
        if (token < 0 || token >= vocabularySize) {
            throw new IOException("the table names token " + token + " of a vocabulary of " + vocabularySize
                    + " tokens: it is damaged");
        }
        return (int) token;
    }

    /** Writes a table as that of a model; the stream is not closed. */
    public static void write(SuccessorTable table, String fingerprint, OutputStream out) throws IOException {
        GZIPOutputStream zip = new GZIPOutputStream(out);
        DataOutputStream data = new DataOutputStream(zip);
        data.writeInt(MAGIC);
        data.writeByte(VERSION);
        data.writeInt(table.vocabularySize());
        data.writeUTF(fingerprint);
        int rows = 0;
        for (int token = 0; token < table.vocabularySize(); token++) {
            rows += table.seen(token) > 0 ? 1 : 0;
        }
        data.writeInt(rows);
        int last = -1;
        for (int token = 0; token < table.vocabularySize(); token++) {
            if (table.seen(token) > 0) {
                varint(data, token - last);
                last = token;
                row(table, token, data);
            }
        }
        data.flush();
        zip.finish();
    }

    private static void row(SuccessorTable table, int token, DataOutputStream data) throws IOException {
        int count = 0;
        while (count < SuccessorTable.WIDTH && Math.round(STEPS * table.probability(token, count)) > 0) {
            count++;
        }
        data.writeByte(table.seen(token));
        data.writeByte(count);
        for (int rank = 0; rank < count; rank++) {
            varint(data, table.successor(token, rank));
            data.writeByte(Math.min(255, Math.round(STEPS * table.probability(token, rank))));
        }
    }

    private static long varint(DataInputStream data) throws IOException {
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = data.readUnsignedByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new IOException("a number in the table is too long: it is damaged");
    }

    private static void varint(DataOutputStream data, int value) throws IOException {
        int rest = value;
        while (rest >= 0x80) {
            data.writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        data.writeByte(rest);
    }
}
