package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page on policies shows real output, and knows every code. */
class PolicyDocumentationTests {
    /** Not reachable through a policy file: the schema is first. */
    private static final Set<String> INTERNAL = Set.of("phrase.kind");

    private final String page = read(Path.of("docs", "policies.md"));

    @TempDir
    Path folder;

    @Test
    void the_example_gives_the_output_that_is_shown() {
        assertThat(check("example.yaml", block("example"))).isEqualTo(block("check"));
    }

    @Test
    void the_bad_file_gives_the_errors_that_are_shown() {
        assertThat(check("bad.yaml", block("bad.yaml"))).isEqualTo(block("errors"));
    }

    @Test
    void every_code_is_explained_and_none_is_invented() throws IOException {
        Set<String> used = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/sluice"))) {
            files.filter(file -> file.toString().matches(".*/(policy|phrase|unlearn|classifier)/[^/]+\\.java"))
                    .forEach(file ->
                            codes("\"((?:policy|phrase|unlearn|classifier|persona)\\.[a-z-]+)\"", read(file), used));
        }
        used.removeAll(INTERNAL);
        Set<String> explained = new TreeSet<>();
        page.lines()
                .filter(line -> line.startsWith("| `"))
                .forEach(line -> codes("`((?:policy|phrase|unlearn|classifier|persona)\\.[a-z-]+)`", line, explained));
        assertThat(explained).isEqualTo(used);
    }

    private String check(String name, String yaml) {
        PolicyFiles.write(folder, name, yaml);
        return PolicyCheck.run(folder).text().replace(folder.toString(), "policies");
    }

    private String block(String mark) {
        Matcher matcher = Pattern.compile("<!-- %s -->\\n```\\w+\\n(.*?)```\\n".formatted(mark), Pattern.DOTALL)
                .matcher(page);
        assertThat(matcher.find()).as(mark).isTrue();
        return matcher.group(1);
    }

    private static void codes(String regex, String text, Set<String> into) {
        Pattern.compile(regex).matcher(text).results().forEach(result -> into.add(result.group(1)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
