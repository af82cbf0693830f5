package dev.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.TestModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample consumer, built by a Maven of its own against the packaged artifact, and run.
 *
 * <p>The artifact is installed into the local repository from which the build took everything else, so that no network
 * is needed; a snapshot of the same version is replaced there.
 */
@Tag("model")
class SampleServiceTests {
    private static final String VERSION = "0.1.0-SNAPSHOT";

    @TempDir
    private Path directory;

    @Test
    void a_service_that_adds_the_starter_answers_under_its_own_policy_without_a_web_server() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        Path sample = copy(root.resolve("samples/spring-service"));
        install(root.resolve("pom.xml"), "pom");
        install(Path.of(System.getProperty("sluice.tests.jar")), "jar");
        run(
                sample,
                maven(),
                "-q",
                "-B",
                "-Dmaven.repo.local=" + System.getProperty("sluice.tests.repository"),
                "package");
        String output = run(
                sample,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                "target/guarded-service.jar",
                "--sluice.model.source=file:" + TestModel.path(),
                "--spring.main.banner-mode=off");
        String blocking = line(output, "blocking: ");
        assertThat(line(output, "policies: ")).isEqualTo("[no-codename]");
        assertThat(blocking).isNotBlank().isEqualTo(line(output, "reactive: "));
        assertThat(blocking.toLowerCase(Locale.ROOT)).doesNotContain("nightjar");
        assertThat(line(output, "server classes: ")).isEqualTo("[]");
    }

    /** Puts a file where {@code mvn install} would. */
    private static void install(Path file, String extension) throws IOException {
        Path folder = Path.of(System.getProperty("sluice.tests.repository"))
                .resolve("dev/sluice/sluice-spring-boot-starter")
                .resolve(VERSION);
        Files.createDirectories(folder);
        Files.copy(
                file,
                folder.resolve("sluice-spring-boot-starter-" + VERSION + "." + extension),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static String maven() {
        return Path.of(System.getProperty("maven.home"), "bin", "mvn").toString();
    }

    private Path copy(Path sample) throws IOException {
        Path copy = directory.resolve("sample");
        try (Stream<Path> files = Files.walk(sample)) {
            for (Path file : files.filter(file -> !file.startsWith(sample.resolve("target")))
                    .toList()) {
                Path target = copy.resolve(sample.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    private static String line(String output, String start) {
        return output.lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .collect(Collectors.joining("\n"));
    }

    private String run(Path where, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "run", ".log");
        Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        String output = Files.readString(log);
        assertThat(ended && process.exitValue() == 0)
                .as(() -> String.join(" ", command) + "\n" + output)
                .isTrue();
        return output;
    }
}
