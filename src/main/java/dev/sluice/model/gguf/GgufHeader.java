package dev.sluice.model.gguf;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the header of a GGUF file of version 2 or 3.
 *
 * <p>The file is hostile until shown otherwise: each count and length is held against the bytes that are left, and
 * against a bound of its own, before anything is allocated for it.
 */
final class GgufHeader {
    /** Most bytes a header may have. */
    static final int MAX_BYTES = 256 << 20;
    /** Most elements all arrays of the metadata may have together. */
    static final int MAX_ELEMENTS = 4 << 20;
    /** Most metadata entries, and most tensors. */
    static final int MAX_ENTRIES = 1 << 16;
    /** Deepest array of arrays. */
    static final int MAX_DEPTH = 4;

    private static final int MAGIC = 0x46554747;
    private static final int MAX_DIMENSIONS = 4;
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int MAX_ALIGNMENT = 1 << 20;
    private static final int MIN_ENTRY_BYTES = 8 + 4 + 1;
    private static final int MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final Path file;
    private final ByteBuffer in;
    private final long fileLength;
    private int elements;

    private GgufHeader(Path file, ByteBuffer in, long fileLength) {
        this.file = file;
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
        this.fileLength = fileLength;
    }

    /** The parsed header. */
    record Contents(GgufMetadata metadata, Map<String, TensorInfo> tensors) {}

    /**
     * Reads a header.
     *
     * @param file for messages
     * @param in the first bytes of the file: all of it, or {@link #MAX_BYTES}
     * @param fileLength bytes of the whole file
     */
    static Contents read(Path file, ByteBuffer in, long fileLength) {
        return new GgufHeader(file, in, fileLength).read();
    }

    private Contents read() {
        if (in.remaining() < 4 || in.getInt() != MAGIC) {
            throw new ModelFileException(
                    Code.NOT_GGUF, file, "it does not begin with the magic GGUF; give the path of a GGUF file");
        }
        int version = int32("the version");
        if (version != 2 && version != 3) {
            throw new ModelFileException(
                    Code.UNSUPPORTED_VERSION,
                    file,
                    "versions 2 and 3 of the format are read, but it is version " + Integer.toUnsignedString(version)
                            + "; convert the model anew");
        }
        int tensorCount = count("tensors", MIN_TENSOR_BYTES, MAX_ENTRIES);
        int entryCount = count("metadata entries", MIN_ENTRY_BYTES, MAX_ENTRIES);
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < entryCount; i++) {
            String key = string("a metadata key");
            if (values.put(key, value(int32("the type of metadata " + key), key, 0)) != null) {
                throw malformed("metadata " + key + " is there twice");
            }
        }
        GgufMetadata metadata = new GgufMetadata(file, values);
        return new Contents(metadata, tensors(tensorCount, alignment(metadata)));
    }

    private int alignment(GgufMetadata metadata) {
        long alignment = metadata.integer("general.alignment", DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw malformed(
                    "general.alignment must be a power of two up to " + MAX_ALIGNMENT + ", but is " + alignment);
        }
        return (int) alignment;
    }

    private Map<String, TensorInfo> tensors(int count, int alignment) {
        List<TensorInfo> relative = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            relative.add(tensor(alignment));
        }
        long data = (in.position() + alignment - 1L) / alignment * alignment;
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        for (TensorInfo t : relative) {
            long room = fileLength - data;
            if (room < 0 || t.byteLength() > room || t.offset() > room - t.byteLength()) {
                throw new ModelFileException(
                        Code.TRUNCATED,
                        file,
                        "tensor " + t.name() + " has " + t.byteLength() + " bytes at offset " + t.offset()
                                + " of the data, but the data have " + Math.max(room, 0)
                                + " bytes; fetch the file again");
            }
            TensorInfo absolute = new TensorInfo(t.name(), t.dimensions(), t.type(), data + t.offset(), t.byteLength());
            if (tensors.put(t.name(), absolute) != null) {
                throw malformed("tensor " + t.name() + " is there twice");
            }
        }
        apart(tensors.values());
        return Collections.unmodifiableMap(tensors);
    }

    /** Throws where tensors share bytes: such a file would claim more weights than it has. */
    private void apart(Collection<TensorInfo> tensors) {
        List<TensorInfo> ordered = tensors.stream()
                .sorted(Comparator.comparingLong(TensorInfo::offset))
                .toList();
        for (int i = 1; i < ordered.size(); i++) {
            TensorInfo before = ordered.get(i - 1);
            TensorInfo tensor = ordered.get(i);
            if (tensor.offset() < before.offset() + before.byteLength()) {
                throw malformed("tensor " + tensor.name() + " at byte " + tensor.offset() + " overlaps tensor "
                        + before.name() + ", which has " + before.byteLength() + " bytes at " + before.offset());
            }
        }
    }

    /** One tensor's entry, with its offset still relative to the data. */
    private TensorInfo tensor(int alignment) {
        String name = string("a tensor name");
        int rank = int32("the rank of tensor " + name);
        if (rank < 1 || rank > MAX_DIMENSIONS) {
            throw malformed("tensor " + name + " must have 1 to " + MAX_DIMENSIONS + " dimensions, but has "
                    + Integer.toUnsignedString(rank));
        }
        List<Long> dimensions = new ArrayList<>(rank);
        long weights = 1;
        for (int i = 0; i < rank; i++) {
            long extent = int64("the dimensions of tensor " + name);
            if (extent < 1 || extent > Long.MAX_VALUE / 64 / weights) {
                throw malformed(
                        "dimension " + i + " of tensor " + name + " is out of range: " + Long.toUnsignedString(extent));
            }
            weights *= extent;
            dimensions.add(extent);
        }
        int typeId = int32("the type of tensor " + name);
        TensorType type = TensorType.of(typeId)
                .orElseThrow(() -> new ModelFileException(
                        Code.UNSUPPORTED_TYPE,
                        file,
                        "tensor " + name + " is stored as type " + Integer.toUnsignedString(typeId)
                                + ", which is not read; the types read are " + List.of(TensorType.values())
                                + "; use a conversion to one of these"));
        if (dimensions.get(0) % type.blockWeights() != 0) {
            throw malformed("rows of tensor " + name + " must be whole blocks of " + type.blockWeights()
                    + " weights, but have " + dimensions.get(0));
        }
        long offset = int64("the offset of tensor " + name);
        if (offset < 0 || offset % alignment != 0) {
            throw malformed("the offset of tensor " + name + " must be a multiple of " + alignment + ", but is "
                    + Long.toUnsignedString(offset));
        }
        return new TensorInfo(name, List.copyOf(dimensions), type, offset, type.bytes(weights));
    }

    private Object value(int type, String key, int depth) {
        return switch (type) {
            case 0 -> (long) Byte.toUnsignedInt(need(1, key).get());
            case 1 -> (long) need(1, key).get();
            case 2 -> (long) Short.toUnsignedInt(need(2, key).getShort());
            case 3 -> (long) need(2, key).getShort();
            case 4 -> Integer.toUnsignedLong(need(4, key).getInt());
            case 5 -> (long) need(4, key).getInt();
            case 6 -> (double) need(4, key).getFloat();
            case 7 -> truth(key);
            case STRING -> string("metadata " + key);
            case ARRAY -> array(key, depth);
            case 10 -> unsigned(key);
            case 11 -> need(8, key).getLong();
            case 12 -> need(8, key).getDouble();
            default -> throw malformed("metadata " + key + " has the unknown type " + Integer.toUnsignedString(type));
        };
    }

    private long unsigned(String key) {
        long value = need(8, key).getLong();
        if (value < 0) {
            throw malformed("metadata " + key + " exceeds " + Long.MAX_VALUE);
        }
        return value;
    }

    private boolean truth(String key) {
        byte value = need(1, key).get();
        if (value != 0 && value != 1) {
            throw malformed("metadata " + key + " must be a boolean, 0 or 1, but is " + value);
        }
        return value == 1;
    }

    private Object array(String key, int depth) {
        if (depth == MAX_DEPTH) {
            throw malformed("metadata " + key + " nests arrays deeper than " + MAX_DEPTH);
        }
        int type = int32("the element type of metadata " + key);
        int size = count("elements of metadata " + key, minimumBytes(type, key), MAX_ELEMENTS - elements);
        elements += size;
        return switch (type) {
            case STRING, ARRAY -> {
                List<Object> list = new ArrayList<>(size);
                for (int i = 0; i < size; i++) {
                    list.add(value(type, key, depth + 1));
                }
                yield Collections.unmodifiableList(list);
            }
            case 6, 12 -> {
                double[] numbers = new double[size];
                for (int i = 0; i < size; i++) {
                    numbers[i] = (Double) value(type, key, depth);
                }
                yield numbers;
            }
            case 7 -> {
                boolean[] truths = new boolean[size];
                for (int i = 0; i < size; i++) {
                    truths[i] = truth(key);
                }
                yield truths;
            }
            default -> {
                long[] integers = new long[size];
                for (int i = 0; i < size; i++) {
                    integers[i] = (Long) value(type, key, depth);
                }
                yield integers;
            }
        };
    }

    private int minimumBytes(int type, String key) {
        return switch (type) {
            case 0, 1, 7 -> 1;
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case STRING, 10, 11, 12 -> 8;
            case ARRAY -> 12;
            default ->
                throw malformed(
                        "metadata " + key + " is an array of the unknown type " + Integer.toUnsignedString(type));
        };
    }

    private int count(String what, int bytesEach, int most) {
        long count = int64("the number of " + what);
        if (count < 0 || count > most) {
            throw malformed(
                    "at most " + most + " " + what + " are read, but it announces " + Long.toUnsignedString(count));
        }
        if (count * bytesEach > in.remaining()) {
            throw truncated(count + " " + what);
        }
        return (int) count;
    }

    private String string(String what) {
        long length = int64("the length of " + what);
        if (length < 0 || length > in.remaining()) {
            throw truncated(what + " of " + Long.toUnsignedString(length) + " bytes");
        }
        ByteBuffer bytes = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFileException(
                    Code.MALFORMED,
                    file,
                    what + " ending at byte " + in.position() + " is not UTF-8; fetch or convert the file again",
                    e);
        }
    }

    private int int32(String what) {
        return need(4, what).getInt();
    }

    private long int64(String what) {
        return need(8, what).getLong();
    }

    private ByteBuffer need(int bytes, String what) {
        if (in.remaining() < bytes) {
            throw truncated(what);
        }
        return in;
    }

    private ModelFileException truncated(String what) {
        if (fileLength > in.limit()) {
            return malformed("its header exceeds " + MAX_BYTES + " bytes");
        }
        return new ModelFileException(
                Code.TRUNCATED,
                file,
                what + " at byte " + in.position() + " would pass its end at " + fileLength
                        + " bytes; fetch the file again");
    }

    private ModelFileException malformed(String problem) {
        return new ModelFileException(Code.MALFORMED, file, problem + "; fetch or convert the file again");
    }
}
