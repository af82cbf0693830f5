package dev.sluice.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes policy files for tests, and tells their errors in short. */
final class PolicyFiles {
    static final String POLICY = """
            apiVersion: sluice/v1
            kind: Policy
            metadata: {name: %s}
            spec: {phrases: [{id: a, ban: [nightjar]}]}
            """;

    private PolicyFiles() {}

    static Path write(Path folder, String name, String text) {
        try {
            return Files.write(folder.resolve(name), text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Problem> errors(Path folder) {
        try {
            PolicyLoader.load(folder);
            return List.of();
        } catch (PolicyException e) {
            return e.problems().stream()
                    .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                    .toList();
        }
    }

    /** {@code LINE:COLUMN CODE} of each error. */
    static List<String> places(List<Problem> problems) {
        return problems.stream()
                .map(problem -> "%d:%d %s".formatted(problem.line(), problem.column(), problem.code()))
                .toList();
    }
}
