package dev.sluice.hook.classifier;

import dev.sluice.hook.classifier.ClassifierException.Code;
import dev.sluice.model.FeedForward;
import dev.sluice.model.ModelFileException;
import dev.sluice.model.safetensors.NetworkFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A trained network with its manifest: a folder of {@code manifest.json}, one {@code *.safetensors}, {@code CARD.md} and
 * what else its kind needs. Every file that the manifest names has the hash it says.
 *
 * @param folder where it lies
 * @param manifest what it is
 * @param network the network
 */
public record Classifier(Path folder, ClassifierManifest manifest, FeedForward network) {
    private static final String MANIFEST = "manifest.json";
    private static final String WEIGHTS = ".safetensors";
    private static final int MAX_MANIFEST = 1 << 20;
    private static final int MAX_FILE = 1 << 28;

    /** Names of the classifiers in a folder: of its sub-folders that hold a manifest. Empty where there is no folder. */
    public static List<String> names(Path location) {
        if (!Files.isDirectory(location)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(location)) {
            return entries.filter(entry -> Files.isRegularFile(entry.resolve(MANIFEST)))
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    /**
     * Loads a folder.
     *
     * @throws ClassifierException if anything in it is missing, or not what its manifest says
     */
    public static Classifier load(Path folder) {
        String name = name(folder);
        if (!Files.isDirectory(folder)) {
            throw new ClassifierException(
                    Code.MISSING,
                    "classifier " + name + " must be the folder " + folder
                            + ", but there is none; train it, or set sluice.classifiers.location");
        }
        Path file = folder.resolve(MANIFEST);
        ClassifierManifest manifest = ManifestJson.read(name, file, bytes(name, file, MAX_MANIFEST));
        List<String> weights = new ArrayList<>();
        manifest.files().forEach((given, hash) -> {
            verify(name, folder.resolve(given), hash);
            if (given.endsWith(WEIGHTS)) {
                weights.add(given);
            }
        });
        if (weights.size() != 1) {
            throw new ClassifierException(
                    Code.MANIFEST,
                    file + ": files must name one file that ends in " + WEIGHTS + ", but names " + weights.size());
        }
        return new Classifier(folder, manifest, network(manifest, folder.resolve(weights.get(0))));
    }

    private static FeedForward network(ClassifierManifest manifest, Path file) {
        FeedForward network;
        try {
            network = NetworkFile.read(file);
        } catch (ModelFileException e) {
            throw new ClassifierException(Code.WEIGHTS, "classifier " + manifest.name() + ": " + e.getMessage(), e);
        }
        if (!sizes(network).equals(manifest.sizes())) {
            throw new ClassifierException(
                    Code.WEIGHTS,
                    "classifier " + manifest.name() + " must have the sizes " + manifest.sizes()
                            + " of its manifest, but " + file + " has " + sizes(network) + "; train it anew");
        }
        return network;
    }

    /** Numbers a network reads, those of each hidden layer, and those it gives. */
    public static List<Integer> sizes(FeedForward network) {
        List<Integer> sizes = new ArrayList<>(List.of(network.inputs()));
        network.layers().forEach(layer -> sizes.add(layer.outputs()));
        return sizes;
    }

    /**
     * Writes a folder, replacing the files it had: the weights, other files, the card, and last the manifest.
     *
     * @param manifest its files are replaced by those given here
     * @param network the weights, written as {@code KIND.safetensors}
     * @param others further files that are read, by name
     * @param card text of {@code CARD.md}
     */
    public static void save(
            Path folder, ClassifierManifest manifest, FeedForward network, Map<String, byte[]> others, String card) {
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put(manifest.kind() + WEIGHTS, NetworkFile.bytes(network));
        all.putAll(others);
        Map<String, String> hashes = new LinkedHashMap<>();
        try {
            Files.createDirectories(folder);
            for (Map.Entry<String, byte[]> file : all.entrySet()) {
                write(folder.resolve(file.getKey()), file.getValue());
                hashes.put(file.getKey(), sha256(file.getValue()));
            }
            write(folder.resolve("CARD.md"), card.getBytes(StandardCharsets.UTF_8));
            write(
                    folder.resolve(MANIFEST),
                    ManifestJson.write(manifest.withFiles(hashes)).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the classifier cannot be written to " + folder, e);
        }
    }

    /** The SHA-256 of some bytes, in lower-case hexadecimal. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".part");
        Files.write(unfinished, bytes);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void verify(String name, Path file, String hash) {
        String found = sha256(bytes(name, file, MAX_FILE));
        if (!found.equals(hash)) {
            throw new ClassifierException(
                    Code.HASH,
                    "classifier " + name + ": " + file + " must have the SHA-256 " + hash + " of the manifest, but has "
                            + found + "; fetch the folder again, or train it anew");
        }
    }

    private static byte[] bytes(String name, Path file, int most) {
        if (!Files.isRegularFile(file)) {
            throw new ClassifierException(
                    Code.UNREADABLE,
                    "classifier " + name + " needs the file " + file + ", but there is none; fetch the folder again");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new ClassifierException(
                        Code.UNREADABLE,
                        "classifier " + name + ": " + file + " may have " + most + " bytes, but has more");
            }
            return bytes;
        } catch (IOException e) {
            throw new ClassifierException(
                    Code.UNREADABLE,
                    "classifier " + name + ": " + file + " cannot be read ("
                            + e.getClass().getSimpleName() + "); make it readable",
                    e);
        }
    }

    private static String name(Path folder) {
        return Objects.requireNonNull(folder.toAbsolutePath().normalize().getFileName(), "folder")
                .toString();
    }
}
