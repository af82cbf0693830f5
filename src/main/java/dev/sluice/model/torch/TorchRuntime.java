package dev.sluice.model.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The PyTorch engine of this process, and the settings that must stand before it is loaded.
 *
 * <p>Loaded once. Native libraries read their environment when they are loaded, so it is set inside the process, before
 * the first use of DJL. Where something else loaded them first, the settings come too late: {@link #reproducible} is
 * false then, and logits may change with the shape of a pass.
 */
final class TorchRuntime {
    private static final String REPRODUCIBLE = "MKL_CBWR";
    private static final String SPIN = "GOMP_SPINCOUNT";
    /** Weights and KV pages in pages of 2 MB, where the system lends them: fewer address look-ups, 5 to 8 % of a pass. */
    private static final String HUGE_PAGES = "THP_MEM_ALLOC_ENABLE";

    private static @Nullable TorchRuntime loaded;

    private final boolean reproducible;
    private final String version;
    private final String flags;

    private TorchRuntime(boolean reproducible, String version, String flags) {
        this.reproducible = reproducible;
        this.version = version;
        this.flags = flags;
    }

    /** The C library's part that changes the process's own environment. */
    private interface Environment extends Library {
        int setenv(String name, String value, int overwrite);
    }

    /**
     * Loads the engine, or returns it where it is loaded already; the first caller's settings stand.
     *
     * @param home where native libraries are unpacked to, under {@code djl}
     * @param spinCount rounds that an idle worker thread spins before it sleeps
     */
    static synchronized TorchRuntime load(Path home, int spinCount) {
        TorchRuntime runtime = loaded;
        if (runtime == null) {
            boolean early = !nativeLibraryLoaded();
            String instructions = instructions();
            if (early && instructions != null) {
                set(REPRODUCIBLE, instructions + ",STRICT");
                set(SPIN, Integer.toString(spinCount));
                set(HUGE_PAGES, "1");
            }
            setDefault("ai.djl.offline", "true");
            setDefault("DJL_CACHE_DIR", home.resolve("djl").toString());
            setDefault("OPT_OUT_TRACKING", "true");
            System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
            Engine engine = Engine.getEngine("PyTorch");
            JniUtils.setGraphExecutorOptimize(false);
            String given = System.getenv(REPRODUCIBLE);
            boolean reproducible = given == null ? early && instructions != null : given.endsWith(",STRICT");
            runtime = new TorchRuntime(
                    reproducible, engine.getVersion(), given == null ? instructions + ",STRICT" : given);
            loaded = runtime;
        }
        return runtime;
    }

    /** Whether matrix products were told to give the same bits at any shape. */
    boolean reproducible() {
        return reproducible;
    }

    /** The versions and settings that bits depend on, for keys of cached measurements. */
    String identity() {
        return "pytorch " + version + ", " + REPRODUCIBLE + " " + flags;
    }

    /** Sets the number of threads of one operator. */
    void threads(int threads) {
        JniUtils.setNumThreads(threads);
    }

    /** The number of threads of one operator. */
    int threads() {
        return JniUtils.getNumThreads();
    }

    /** The processor's name and instruction sets, as far as the system tells; empty where it does not. */
    static String processor() {
        StringBuilder text = new StringBuilder();
        for (String line : read(Path.of("/proc/cpuinfo")).split("\n")) {
            if (line.isBlank()) {
                break;
            }
            if (line.startsWith("model name") || line.startsWith("flags") || line.startsWith("Features")) {
                text.append(line.substring(line.indexOf(':') + 1).strip()).append('\n');
            }
        }
        return text.toString();
    }

    /** The widest instruction set that MKL has a reproducible branch for here, or null where it has none. */
    private static @Nullable String instructions() {
        String flags = " " + processor().replace('\n', ' ') + " ";
        if (flags.contains(" avx512f ") && flags.contains(" avx512dq ") && flags.contains(" avx512vl ")) {
            return "AVX512";
        }
        return flags.contains(" avx2 ") ? "AVX2" : null;
    }

    private static boolean nativeLibraryLoaded() {
        String maps = read(Path.of("/proc/self/maps")).toLowerCase(Locale.ROOT);
        return maps.contains("libtorch") || maps.contains("libgomp") || maps.contains("libmkl");
    }

    /** Sets a variable of the process's environment unless the user did. */
    private static void set(String name, String value) {
        Native.load("c", Environment.class).setenv(name, value, 0);
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null && System.getenv(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
