package dev.sluice.server.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Finds the peer: on the class path and in the folder that its Maven profile fills. */
public final class Peers {
    /** The system property that names the folder; {@code ./sluice} sets it. */
    public static final String FOLDER = "dev.sluice.peer";

    private Peers() {}

    /**
     * The peer in the folder that the system property names; see {@link #find(Path)}. No folder is looked for elsewhere:
     * its jars are run.
     *
     * @throws IllegalArgumentException if the property is not set, or there is no peer
     */
    public static PeerEngine find() {
        String folder = System.getProperty(FOLDER);
        if (folder == null) {
            throw new IllegalArgumentException(
                    "the peer's folder is not known: run ./sluice, which names it, or set the" + " system property "
                            + FOLDER + ", or leave --peer out");
        }
        return find(Path.of(folder));
    }

    /**
     * The peer; its classes stay loaded as long as the process runs.
     *
     * @throws IllegalArgumentException if there is none, saying how to build it
     */
    static PeerEngine find(Path folder) {
        URLClassLoader loader = new URLClassLoader(jars(folder), Peers.class.getClassLoader());
        return ServiceLoader.load(PeerEngine.class, loader)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no peer in " + folder.toAbsolutePath()
                        + ": build it with ./mvnw -q -Ppeer -DskipTests package, or leave --peer out"));
    }

    private static URL[] jars(Path folder) {
        List<URL> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.jar")) {
                for (Path jar : found) {
                    jars.add(url(jar));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return jars.toArray(new URL[0]);
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
