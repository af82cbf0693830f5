package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a folder is read as, and what it is refused for as a whole. */
class PolicyLoaderTests {
    private static final String BINDING = """
            apiVersion: sluice/v1
            kind: Binding
            metadata: {name: %s}
            spec: {policies: [%s]}
            """;

    @TempDir
    Path folder;

    @Test
    void an_empty_folder_holds_no_policies() {
        assertThat(PolicyLoader.load(folder).set()).isEqualTo(PolicySet.empty());
    }

    @Test
    void a_folder_of_empty_documents_holds_no_policies() {
        PolicyFiles.write(folder, "a.yaml", "");
        PolicyFiles.write(folder, "b.yaml", "# nothing yet\n---\n---\n# still nothing\n...\n");
        assertThat(PolicyLoader.load(folder).set()).isEqualTo(PolicySet.empty());
    }

    @Test
    void a_missing_folder_is_an_error_unless_it_may_be_missing() {
        Path missing = folder.resolve("nowhere");
        assertThat(PolicyLoader.loadIfPresent(missing).set()).isEqualTo(PolicySet.empty());
        assertThatThrownBy(() -> PolicyLoader.load(missing))
                .isInstanceOf(PolicyException.class)
                .hasMessage(missing + ": policy.no-folder: is no folder that can be read; create it, or set"
                        + " sluice.policies.location");
    }

    @Test
    void a_file_in_place_of_the_folder_is_an_error() {
        Path file = PolicyFiles.write(folder, "a.yaml", "");
        assertThatThrownBy(() -> PolicyLoader.loadIfPresent(file)).hasMessageContaining("policy.no-folder");
    }

    @Test
    void files_are_read_in_the_order_of_their_names_and_documents_in_theirs() {
        PolicyFiles.write(folder, "20.yml", PolicyFiles.POLICY.formatted("c"));
        PolicyFiles.write(
                folder, "10.yaml", PolicyFiles.POLICY.formatted("b") + "---\n" + PolicyFiles.POLICY.formatted("a"));
        PolicyFiles.write(folder, "30.YAML", PolicyFiles.POLICY.formatted("d"));
        LoadedPolicies loaded = PolicyLoader.load(folder);
        assertThat(loaded.set().policies().keySet()).containsExactly("b", "a", "c", "d");
        assertThat(loaded.rules().keySet()).containsExactly("b", "a", "c", "d");
        assertThat(loaded.rules()).containsEntry("c", java.util.List.of("a"));
    }

    @Test
    void other_files_are_ignored() throws IOException {
        PolicyFiles.write(folder, "README.md", "# not: [yaml");
        PolicyFiles.write(folder, ".hidden.yaml", "[");
        PolicyFiles.write(folder, "a.cases.yaml", "[");
        PolicyFiles.write(folder, "b.cases.yml", "[");
        PolicyFiles.write(folder, "a.yaml.bak", "[");
        Path below = Files.createDirectories(folder.resolve("below.yaml"));
        PolicyFiles.write(below, "a.yaml", "[");
        assertThat(PolicyLoader.load(folder).set()).isEqualTo(PolicySet.empty());
    }

    @Test
    void a_mounted_config_map_is_read_through_its_links() throws IOException {
        Path version = Files.createDirectories(folder.resolve("..2026_01_01"));
        PolicyFiles.write(version, "a.yaml", PolicyFiles.POLICY.formatted("a"));
        PolicyFiles.write(version, "b.yaml", BINDING.formatted("all", "a"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..2026_01_01"));
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data", "a.yaml"));
        Files.createSymbolicLink(folder.resolve("b.yaml"), Path.of("..data", "b.yaml"));
        PolicySet set = PolicyLoader.load(folder).set();
        assertThat(set.policies().keySet()).containsExactly("a");
        assertThat(set.bindings()).hasSize(1);
    }

    @Test
    void a_link_to_nothing_is_an_error() throws IOException {
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("gone.yaml"));
        assertThat(PolicyFiles.errors(folder)).extracting(Problem::code).containsExactly("policy.unreadable");
    }

    @Test
    void a_byte_order_mark_and_windows_line_ends_are_read() {
        String text = PolicyFiles.POLICY.formatted("a") + "x: 1\n";
        PolicyFiles.write(folder, "a.yaml", "\uFEFF" + text.replace("\n", "\r\n"));
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder))).containsExactly("5:1 policy.unknown-key");
    }

    @Test
    void a_file_in_another_encoding_is_an_error_where_it_shows() throws IOException {
        Files.write(folder.resolve("a.yaml"), "a: b\nc: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder))).containsExactly("2:7 policy.syntax");
    }

    @Test
    void a_huge_file_is_refused_unread() {
        PolicyFiles.write(folder, "a.yaml", "#".repeat(PolicyFolder.MAX_BYTES + 1));
        PolicyFiles.write(folder, "b.yaml", "#".repeat(PolicyFolder.MAX_BYTES));
        assertThat(PolicyFiles.errors(folder))
                .singleElement()
                .satisfies(error -> assertThat(error.render())
                        .isEqualTo(folder.resolve("a.yaml") + ": policy.too-large: may have 1048576 bytes, has more;"
                                + " split it into several files"));
    }

    @Test
    void aliases_that_multiply_are_refused() {
        String bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
                + IntStream.rangeClosed(1, 9)
                        .mapToObj(i -> "a%d: &a%d [%s]\n"
                                .formatted(i, i, String.join(", ", java.util.Collections.nCopies(10, "*a" + (i - 1)))))
                        .collect(Collectors.joining());
        PolicyFiles.write(folder, "a.yaml", bomb);
        assertThat(PolicyFiles.errors(folder)).singleElement().satisfies(error -> {
            assertThat(error.code()).isEqualTo("policy.syntax");
            assertThat(error.message()).contains("may hold 300000 values, aliases expanded");
        });
    }

    @Test
    void aliases_within_bounds_are_expanded() {
        PolicyFiles.write(folder, "a.yaml", """
                apiVersion: sluice/v1
                kind: Policy
                metadata: {name: a}
                spec:
                  phrases:
                    - {id: a, ban: &words [nightjar, falcon], on-match: reject}
                    - {id: b, ban: *words, on-match: rewind}
                """);
        assertThat(PolicyLoader.load(folder).rules().get("a")).containsExactly("a", "b");
    }

    @Test
    void deep_nesting_is_refused() {
        PolicyFiles.write(folder, "a.yaml", "a: " + "[".repeat(100_000));
        PolicyFiles.write(folder, "b.yaml", "a: " + "{b: ".repeat(40) + "}".repeat(40));
        PolicyFiles.write(
                folder,
                "c.yaml",
                IntStream.range(0, 40).mapToObj(i -> " ".repeat(i) + "a:\n").collect(Collectors.joining()));
        assertThat(PolicyFiles.errors(folder))
                .hasSize(3)
                .allSatisfy(error -> assertThat(error.message()).contains("may be nested 32 deep"));
    }

    @Test
    void the_revision_tells_what_the_documents_say_and_not_how() throws IOException {
        Path file = PolicyFiles.write(folder, "a.yaml", PolicyFiles.POLICY.formatted("a"));
        String revision = PolicyLoader.load(folder).set().revision();
        assertThat(revision).matches("[0-9a-f]{12}");
        Files.writeString(file, """
                # the same, written differently
                kind: "Policy"
                spec:
                  phrases:
                    - ban: ['nightjar']
                      id: a
                metadata: {name: a}
                apiVersion: sluice/v1
                """);
        assertThat(PolicyLoader.load(folder).set().revision()).isEqualTo(revision);
        Files.writeString(file, PolicyFiles.POLICY.formatted("a").replace("nightjar", "Nightjar"));
        assertThat(PolicyLoader.load(folder).set().revision()).isNotEqualTo(revision);
        Files.delete(file);
        PolicyFiles.write(folder, "b.yaml", PolicyFiles.POLICY.formatted("a"));
        assertThat(PolicyLoader.load(folder).set().revision()).isNotEqualTo(revision);
    }

    @Test
    void loading_twice_gives_the_same_revision() {
        PolicyFiles.write(folder, "a.yaml", PolicyFiles.POLICY.formatted("a"));
        PolicyFiles.write(folder, "b.yaml", BINDING.formatted("all", "a"));
        assertThat(PolicyLoader.load(folder).set().revision())
                .isEqualTo(PolicyLoader.load(folder).set().revision());
    }

    @Test
    void words_that_older_yaml_takes_for_truth_are_text() {
        PolicyFiles.write(
                folder,
                "a.yaml",
                PolicyFiles.POLICY.formatted("a").replace("[nightjar]", "[yes please, no, on, 12:30]"));
        assertThat(PolicyLoader.load(folder).set().policies()).containsKey("a");
    }
}
