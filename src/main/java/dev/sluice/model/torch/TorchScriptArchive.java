package dev.sluice.model.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive made in memory from a readable source: one module class whose attributes begin empty.
 *
 * <p>The source is a resource in the serialised TorchScript dialect. The archive holds no tensors: the module's
 * {@code load} method is handed them.
 */
final class TorchScriptArchive {
    private static final String NAME = "sluice";
    /** The file format of PyTorch 2: operators mean what they mean today. */
    private static final String FORMAT = "10\n";

    private TorchScriptArchive() {}

    /**
     * Builds the archive of a resource beside this class.
     *
     * @param resource such as {@code llama.py}
     * @param type the module's class in it
     * @param attributes its attributes in order; see {@link Attribute}
     */
    static byte[] of(String resource, String type, Attribute... attributes) {
        byte[] source;
        try (InputStream in = TorchScriptArchive.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + resource + " is missing; the jar is incomplete");
            }
            source = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "data.pkl", pickle(type, attributes));
            put(zip, "code/__torch__.py", source);
            put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            put(zip, "version", FORMAT.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** An attribute of the module, with an empty value of its type. */
    record Attribute(String name, Initial type) {}

    /** Types of attributes, and how an empty value is pickled. */
    enum Initial {
        TENSORS("ctorch.jit._pickle\nbuild_tensorlist\n]\u0085R"),
        INTEGERS("ctorch.jit._pickle\nbuild_intlist\n]\u0085R"),
        NUMBERS("ctorch.jit._pickle\nbuild_doublelist\n]\u0085R"),
        PACKED("ctorch.jit._pickle\nrestore_type_tag\n(]X>\0\0\0"
                + "List[__torch__.torch.classes.quantized.LinearPackedParamsBase]tR"),
        BOOLEAN("\u0089");

        private final String pickle;

        Initial(String pickle) {
            this.pickle = pickle;
        }
    }

    private static byte[] pickle(String type, Attribute... attributes) {
        StringBuilder text = new StringBuilder("\u0080\u0002c__torch__\n" + type + "\n)\u0081}(");
        for (Attribute attribute : attributes) {
            String name = attribute.name();
            text.append("X").append((char) name.length()).append("\0\0\0").append(name);
            text.append(attribute.type().pickle);
        }
        return text.append("ub.").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(NAME + "/" + name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
