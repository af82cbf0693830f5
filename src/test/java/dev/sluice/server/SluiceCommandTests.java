package dev.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.server.bench.Peers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line: how arguments are read, what is said about wrong ones, and the exit status. */
class SluiceCommandTests {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(String... arguments) {
        return SluiceCommand.run(new PrintWriter(out), new PrintWriter(err), arguments);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "serve ",
                "generate ",
                "bench ",
                "model ",
                "model pull ",
                "model show ",
                "policy ",
                "policy check "
            })
    void every_command_explains_itself(String command) {
        assertThat(run((command + "--help").split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: sluice " + command.strip()).contains("--help");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void policy_check_refuses_a_misspelt_setting() {
        assertThat(run("policy", "check", "policies", "--sluice.polices.location=x"))
                .isNotZero();
        assertThat(err.toString()).contains("sluice.polices.location").contains("sluice.policies.location");
    }

    @Test
    void the_version_is_one_line() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("sluice ").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|sluice: a command is missing",
                "serv|did you mean",
                "serve --prot=1|sluice: Unknown option: '--prot=1'",
                "serve --server.port|sluice: setting --server.port has no value: write --server.port=VALUE",
                "serve extra|sluice: Unmatched argument at index 1: 'extra'",
                "generate|sluice: Missing required parameter: 'PROMPT'",
                "generate --temprature=1 hi|sluice: Unknown option: '--temprature=1'",
                "generate --seed=x hi|sluice: Invalid value for option '--seed'",
                "bench --tasks=x|sluice: Invalid value for option '--tasks'",
                "model|sluice: a command is missing",
                "policy|sluice: a command is missing",
                "policy check|sluice: Missing required parameter: 'DIR'",
            })
    void wrong_usage_is_status_2_and_one_line_with_a_hint(String line, String message) {
        assertThat(run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .containsIgnoringCase(message)
                .contains("sluice: ")
                .doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void settings_are_divided_from_the_rest() {
        Settings.Divided divided = Settings.divide(
                "generate", "--sluice.home=/x", "--seed=1", "--logging.level.root=info", "--", "--sluice.a=b");
        assertThat(divided.settings().arguments()).containsExactly("--sluice.home=/x", "--logging.level.root=info");
        assertThat(divided.others()).containsExactly("generate", "--seed=1", "--", "--sluice.a=b");
        assertThat(divided.settings().with("sluice.home", "/y").arguments())
                .containsExactly("--logging.level.root=info", "--sluice.home=/y");
    }

    @Test
    void an_unknown_setting_is_status_1_with_a_suggestion() {
        assertThat(run("model", "pull", "--sluice.modl.source=file:x")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualToNormalizingNewlines(
                        "sluice: unknown setting sluice.modl.source, did you mean " + "\"sluice.model.source\"?\n");
    }

    @Test
    void a_setting_of_the_wrong_type_is_told_in_one_line() {
        assertThat(run("model", "pull", "--sluice.engine.queue=many")).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("sluice: sluice.engine.queue cannot be \"many\"")
                .hasLineCount(1);
    }

    @Test
    void a_model_that_is_not_there_is_told_in_one_line() {
        assertThat(run("model", "pull", "--sluice.model.source=file:" + directory.resolve("none.gguf")))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("sluice: there is no file ").hasLineCount(1);
    }

    @Test
    void a_file_that_is_no_model_is_told_in_one_line() throws IOException {
        Path file = Files.writeString(directory.resolve("some.gguf"), "no model");
        assertThat(run("model", "pull", "--sluice.model.source=file:" + file)).isZero();
        assertThat(out.toString().strip()).isEqualTo(file.toString());
        assertThat(run("model", "show", "--sluice.model.source=file:" + file)).isEqualTo(1);
        assertThat(err.toString()).startsWith("sluice: model file ").hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--plot"})
    void a_file_that_bench_could_not_write_is_told_before_it_runs(String option) throws IOException {
        String source = "--sluice.model.source=file:" + directory.resolve("none.gguf");
        for (Path file : List.of(directory.resolve("none/bench"), directory)) {
            assertThat(run("bench", option, file.toString(), source)).isEqualTo(1);
            assertThat(err.toString())
                    .startsWith("sluice: " + option + " takes a file that can be written")
                    .contains(file.toString())
                    .hasLineCount(1);
            err.getBuffer().setLength(0);
        }
    }

    @Test
    void bench_does_not_run_jars_of_the_folder_it_stands_in() {
        assumeTrue(System.getProperty(Peers.FOLDER) == null, "the peer's folder is set");
        String source = "--sluice.model.source=file:" + directory.resolve("none.gguf");
        assertThat(run("bench", "--peer", source)).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("sluice: the peer's folder is not known")
                .hasLineCount(1);
    }

    @Test
    void policies_are_checked_without_a_model() throws IOException {
        assertThat(run("policy", "check", directory.toString())).isZero();
        assertThat(out.toString()).contains("ok");
        Files.writeString(directory.resolve("a.yaml"), "kind: Polcy\n");
        assertThat(run("policy", "check", directory.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("a.yaml:1:");
    }

    @Test
    void a_bad_policy_stops_generate_with_a_line_an_error() throws IOException {
        Files.writeString(directory.resolve("a.yaml"), "kind: Polcy\n");
        assertThat(run("generate", "--policies", directory.toString(), "hi")).isEqualTo(1);
        assertThat(err.toString()).startsWith("sluice: ").contains("a.yaml:1:").doesNotContain("\tat ");
    }
}
