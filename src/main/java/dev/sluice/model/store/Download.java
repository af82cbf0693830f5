package dev.sluice.model.store;

import dev.sluice.model.store.Http.Answer;
import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One file over HTTP into a part file, resumed after a cut of the connection or of the process.
 *
 * <p>The part file's neighbour {@code .etag} holds the strong entity tag that the bytes so far belong to, so that a file
 * changed at the server is not glued together from two versions. A server that ignores {@code Range} is read from the start.
 * Bytes of a file never pass as another's: the whole is hashed at the end, and a resumed file of the wrong hash is fetched
 * once more from the start before the hash counts as wrong.
 */
final class Download {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+|\\*)");
    private static final int BUFFER = 1 << 16;

    private final Http http;
    private final Retry retry;
    private final TransferProgress progress;
    private final LongSupplier nanos;

    Download(Http http, Retry retry, TransferProgress progress, LongSupplier nanos) {
        this.http = http;
        this.retry = retry;
        this.progress = progress;
        this.nanos = nanos;
    }

    /**
     * Fetches a file.
     *
     * @param part the file to fill; kept after a cut, removed if what arrived is wrong
     * @return its SHA-256, which is the wanted one if the file names one
     */
    String fetch(RemoteFile file, Path part) {
        boolean resumed = exists(part);
        try {
            String hash = attempt(file, part);
            if (hash == null && resumed) {
                hash = attempt(file, part);
            }
            if (hash == null) {
                throw new ModelStoreException(
                        Code.HASH_MISMATCH,
                        file.label() + " from " + file.address() + " does not have the expected SHA-256 "
                                + file.sha256()
                                + ": the server sends another file; nothing was kept. Try again, and if it"
                                + " stays so, check the source and the index or hub that is asked");
            }
            return hash;
        } catch (IOException e) {
            throw DiskProblem.of(e, file.label() + " (" + part + ")");
        }
    }

    /** The hash of the complete file, or null if it was wrong and is gone. */
    private @Nullable String attempt(RemoteFile file, Path part) throws IOException {
        Optional<String> announced = retry.run(file.label(), file.address(), () -> transfer(file, part));
        String wanted = file.sha256() != null ? file.sha256() : announced.orElse(null);
        String hash = Hashes.sha256(part);
        if (wanted != null && !wanted.equals(hash)) {
            discard(part);
            return null;
        }
        Files.deleteIfExists(tag(part));
        return hash;
    }

    /** Fetches what is missing; returns the hash that the server announced, if it did. */
    private Optional<String> transfer(RemoteFile file, Path part) throws IOException {
        long have = exists(part) ? Files.size(part) : 0;
        if (file.size() >= 0 && have == file.size()) {
            return Optional.empty();
        }
        boolean unverifiable = file.sha256() == null && !exists(tag(part));
        if (have > 0 && (unverifiable || (file.size() >= 0 && have > file.size()))) {
            discard(part);
            have = 0;
        }
        try (Answer answer = http.get(file.address(), rangeHeaders(part, have), file.credentials())) {
            switch (answer.status()) {
                case 200 -> receive(file, part, 0, contentLength(answer), answer);
                case 206 -> resume(file, part, have, answer);
                case 416 -> {
                    discard(part);
                    throw new IOException("the server has fewer bytes than were already fetched");
                }
                default -> throw Refusals.of(answer, file.label());
            }
            return Optional.ofNullable(answer.linkedSha256());
        }
    }

    private void resume(RemoteFile file, Path part, long have, Answer answer) throws IOException {
        Matcher range = CONTENT_RANGE.matcher(answer.header("content-range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != have) {
            discard(part);
            throw new IOException("the server sent another range than was asked for");
        }
        receive(file, part, have, Long.parseLong(range.group(2)) + 1, answer);
    }

    private void receive(RemoteFile file, Path part, long from, long total, Answer answer) throws IOException {
        long expected = total >= 0 ? total : file.size();
        if (file.size() >= 0 && total >= 0 && total != file.size()) {
            discard(part);
            throw new ModelStoreException(
                    Code.BAD_ANSWER,
                    file.label() + " has " + total + " bytes at "
                            + answer.address().getHost() + " where " + file.size()
                            + " were announced: check the source and the index or hub that is asked");
        }
        if (expected >= 0) {
            DiskProblem.requireRoom(part, expected - from, file.label());
        }
        rememberTag(part, answer);
        TransferMeter meter = new TransferMeter(progress, file.label(), from, expected, nanos);
        long done = from;
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(from);
            out.position(from);
            InputStream in = answer.body();
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                write(out, buffer, count, file.label());
                done += count;
                meter.add(count);
            }
        }
        if (expected >= 0 && done != expected) {
            throw new IOException("the body ended after " + done + " of " + expected + " bytes");
        }
        meter.finish();
    }

    private static void write(FileChannel out, byte[] buffer, int count, String label) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw DiskProblem.of(e, label);
        }
    }

    private static Map<String, String> rangeHeaders(Path part, long have) throws IOException {
        Map<String, String> headers = new HashMap<>(Map.of("Accept-Encoding", "identity"));
        if (have > 0) {
            headers.put("Range", "bytes=" + have + "-");
            if (exists(tag(part))) {
                headers.put("If-Range", Files.readString(tag(part)));
            }
        }
        return headers;
    }

    private static void rememberTag(Path part, Answer answer) throws IOException {
        String tag =
                answer.header("etag").filter(value -> value.startsWith("\"")).orElse(null);
        if (tag == null) {
            Files.deleteIfExists(tag(part));
        } else {
            Files.writeString(tag(part), tag);
        }
    }

    private static long contentLength(Answer answer) {
        return answer.response().headers().firstValueAsLong("content-length").orElse(-1);
    }

    private static boolean exists(Path file) {
        return Files.isRegularFile(file);
    }

    private static Path tag(Path part) {
        return part.resolveSibling(part.getFileName() + ".etag");
    }

    private static void discard(Path part) throws IOException {
        Files.deleteIfExists(part);
        Files.deleteIfExists(tag(part));
    }
}
