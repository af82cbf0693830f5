package dev.sluice.model.safetensors;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.weights.MappedFile;
import dev.sluice.model.weights.TensorInfo;
import dev.sluice.model.weights.TensorType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * One safetensors file: eight bytes with the length of a JSON header, the header, the tensors.
 *
 * <p>Opening reads the header alone, after its length and every offset were held against the file's length; the
 * tensors must fill the data without gap or overlap. They are listed with their dimensions turned round, the
 * fastest-running first.
 */
final class SafetensorsFile implements AutoCloseable {
    private static final int MAX_HEADER = 16 << 20;
    private static final int MAX_TENSORS = 1 << 16;
    private static final int MAX_DIMENSIONS = 4;
    private static final String METADATA = "__metadata__";

    private final MappedFile file;
    private final Map<String, TensorInfo> tensors;

    private SafetensorsFile(MappedFile file, Map<String, TensorInfo> tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /** Opens a file; throws {@link ModelFileException}. */
    static SafetensorsFile open(Path path) {
        return open(path, Set.of());
    }

    /**
     * Opens a file; throws {@link ModelFileException}.
     *
     * @param unread names of tensors that may be of any type and are not listed
     */
    static SafetensorsFile open(Path path, Set<String> unread) {
        return MappedFile.open(path, file -> new SafetensorsFile(file, header(file, unread)));
    }

    /** The tensors under the names of the file; unmodifiable. */
    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** The bytes of a tensor of this file: read-only, little-endian, mapped. */
    ByteBuffer data(TensorInfo tensor) {
        return file.data(tensor);
    }

    @Override
    public void close() {
        file.close();
    }

    private static Map<String, TensorInfo> header(MappedFile mapped, Set<String> unread) {
        Path file = mapped.path();
        long length = mapped.length();
        if (length < Long.BYTES) {
            throw new ModelFileException(
                    Code.TRUNCATED, file, "it has " + length + " bytes, too few for a header; fetch it again");
        }
        long size = mapped.map(0, Long.BYTES).getLong();
        if (size < 2 || size > MAX_HEADER) {
            throw malformed(
                    file,
                    "its header must have 2 to " + MAX_HEADER + " bytes, but announces " + Long.toUnsignedString(size));
        }
        if (size > length - Long.BYTES) {
            throw new ModelFileException(
                    Code.TRUNCATED,
                    file,
                    "its header of " + size + " bytes would pass its end at " + length + " bytes; fetch it again");
        }
        byte[] document = new byte[(int) size];
        mapped.map(Long.BYTES, size).get(document);
        JsonSettings header = JsonSettings.parse(file, document);
        if (header.node().size() > MAX_TENSORS) {
            throw malformed(
                    file,
                    "at most " + MAX_TENSORS + " tensors are read, but it has "
                            + header.node().size());
        }
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        List<Span> spans = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : header.node().properties()) {
            String name = entry.getKey();
            if (name.equals(METADATA)) {
                continue;
            }
            Span span = span(header, name, length - Long.BYTES - size);
            spans.add(span);
            if (!unread.contains(name)) {
                tensors.put(name, tensor(header, span, Long.BYTES + size));
            }
        }
        gapless(file, spans, length - Long.BYTES - size);
        return Collections.unmodifiableMap(tensors);
    }

    /** The bytes of a tensor, counted from the start of the data. */
    private record Span(String name, long begin, long end) {}

    private static Span span(JsonSettings header, String name, long data) {
        JsonSettings entry = header.object(name);
        JsonNode offsets = entry.get("data_offsets");
        long begin = offset(offsets.path(0));
        long end = offset(offsets.path(1));
        if (offsets.size() != 2 || begin < 0 || end < begin) {
            throw entry.bad("data_offsets", "two offsets, the smaller first");
        }
        if (end > data) {
            throw new ModelFileException(
                    Code.TRUNCATED,
                    header.file(),
                    "tensor " + name + " ends at " + end + " of the data, but the data have " + data
                            + " bytes; fetch it again");
        }
        return new Span(name, begin, end);
    }

    /** Throws unless the tensors fill the data, each byte in one of them. */
    private static void gapless(Path file, List<Span> spans, long data) {
        long end = 0;
        for (Span span :
                spans.stream().sorted(Comparator.comparingLong(Span::begin)).toList()) {
            if (span.begin() != end) {
                throw malformed(
                        file,
                        "tensor " + span.name() + " must begin at " + end
                                + " of the data, where the one before it ends, but begins at " + span.begin());
            }
            end = span.end();
        }
        if (end != data) {
            throw malformed(file, "the tensors must fill its " + data + " bytes of data, but end at " + end);
        }
    }

    private static TensorInfo tensor(JsonSettings header, Span span, long start) {
        JsonSettings entry = header.object(span.name());
        TensorType type = switch (entry.string("dtype", "none")) {
            case "F32" -> TensorType.F32;
            case "F16" -> TensorType.F16;
            case "BF16" -> TensorType.BF16;
            default ->
                throw new ModelFileException(
                        Code.UNSUPPORTED_TYPE,
                        header.file(),
                        "tensor " + span.name() + " is stored as " + entry.get("dtype")
                                + ", which is not read; the types read are F32, F16 and BF16; use a conversion"
                                + " to one of these");
        };
        JsonNode shape = entry.get("shape");
        if (!shape.isArray() || shape.isEmpty() || shape.size() > MAX_DIMENSIONS) {
            throw entry.bad("shape", "1 to " + MAX_DIMENSIONS + " extents");
        }
        List<Long> dimensions = new ArrayList<>();
        long weights = 1;
        for (JsonNode extent : shape) {
            long value = extent.isIntegralNumber() && extent.canConvertToLong() ? extent.longValue() : 0;
            if (value < 1 || value > Long.MAX_VALUE / 64 / weights) {
                throw entry.bad("shape", "of positive extents");
            }
            weights *= value;
            dimensions.add(value);
        }
        Collections.reverse(dimensions);
        if (span.end() - span.begin() != type.bytes(weights)) {
            throw entry.bad("data_offsets", "two offsets " + type.bytes(weights) + " bytes apart");
        }
        return new TensorInfo(
                span.name(), List.copyOf(dimensions), type, start + span.begin(), span.end() - span.begin());
    }

    private static long offset(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
    }

    private static ModelFileException malformed(Path file, String problem) {
        return new ModelFileException(Code.MALFORMED, file, problem + "; fetch it again");
    }
}
