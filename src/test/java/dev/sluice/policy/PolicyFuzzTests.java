package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.testkit.Series;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutated policy files are loaded or refused with problems that have a place; nothing else ever comes out. */
class PolicyFuzzTests {
    private static final String SEED_TEXT = """
            # comment
            apiVersion: sluice/v1
            kind: Policy
            metadata: {name: no-codename, description: "Keep \\u0041 out"}
            spec:
              phrases:
                - {id: codename, ban: &w ["Project Nightjar", 'Night''jar'], match: folded, on-match: rewind}
                - {id: card, pattern: '\\b(?:\\d[ -]?){15}\\d\\b', max-length: 40}
                - id: block
                  ban: *w
                  on-match: reject
                  whole-word: true
              on-dead-end: stop
            ---
            apiVersion: sluice/v1
            kind: Binding
            metadata: {name: everyone}
            spec: {policies: [no-codename], mode: enforce}
            """;
    private static final String[] PIECES = {
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "\n",
        "  ",
        "\t",
        "'",
        "\"",
        "\\",
        "#",
        "&a ",
        "*w",
        "!x ",
        "|",
        ">",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "null",
        "1e9",
        "-1",
        "\u0000",
        "\u2028",
        "\uFEFF",
        "\uD83D\uDE00",
        "\uD83D",
        "<<: ",
        "a\\",
        "(",
        ")*",
        "name",
        "Binding",
        "relax: [card]",
        "{15}",
        "\r"
    };

    @TempDir
    Path folder;

    @Test
    void mutated_files_are_loaded_or_refused_with_places() {
        long base = Long.getLong("sluice.tests.seed", 20_260_101L);
        Series cases = Series.of("policy-mutations", 2_000, 40_000);
        int loaded = 0;
        for (int i : cases) {
            String text = mutate(new SplittableRandom(base + i));
            PolicyFiles.write(folder, "a.yaml", text);
            try {
                PolicyLoader.load(folder);
                loaded++;
            } catch (PolicyException e) {
                assertThat(e.problems()).as("seed %d", base + i).allSatisfy(PolicyFuzzTests::hasPlace);
            } catch (RuntimeException | StackOverflowError e) {
                fail("seed %d: %s".formatted(base + i, text), e);
            }
        }
        if (cases.isTelling()) {
            assertThat(loaded).as("mutations that are harmless").isBetween(cases.ran() / 100, cases.ran() / 2);
        }
    }

    private static void hasPlace(Problem problem) {
        assertThat(problem.line()).isPositive();
        assertThat(problem.column()).isPositive();
        assertThat(problem.excerpt().lines()).hasSize(2);
        assertThat(problem.message()).isNotBlank().doesNotContain("\n");
    }

    private static String mutate(SplittableRandom random) {
        StringBuilder text = new StringBuilder(SEED_TEXT);
        int edits = 1 + random.nextInt(4);
        for (int i = 0; i < edits && text.length() > 0; i++) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(8));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> text.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
                default -> text.insert(random.nextInt(text.length()), text.substring(at, end));
            }
        }
        return text.toString();
    }
}
