package dev.sluice.server.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is measured on.
 *
 * @param processor its name
 * @param cores processors that this process may use
 * @param system operating system
 * @param java version of Java
 * @param threads threads of one pass
 * @param spinCount rounds that an idle worker thread spins before it sleeps
 */
record Machine(String processor, int cores, String system, String java, int threads, int spinCount) {
    /** This machine. */
    static Machine here(int threads, int spinCount) {
        return new Machine(
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name"),
                String.valueOf(Runtime.version()),
                threads,
                spinCount);
    }

    private static String processorName() {
        Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            try {
                for (String line : Files.readAllLines(info)) {
                    if (line.startsWith("model name")) {
                        return line.substring(line.indexOf(':') + 1).strip();
                    }
                }
            } catch (IOException e) {
                return System.getProperty("os.arch");
            }
        }
        return System.getProperty("os.arch");
    }

    @Override
    public String toString() {
        return "%s, %d cores, %s, Java %s; %d threads a pass, GOMP_SPINCOUNT=%d"
                .formatted(processor, cores, system, java, threads, spinCount);
    }
}
