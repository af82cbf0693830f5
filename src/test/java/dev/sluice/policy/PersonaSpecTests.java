package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.persona.Persona;
import dev.sluice.hook.persona.Persona.Bounds;
import dev.sluice.hook.persona.Persona.Lane;
import dev.sluice.hook.persona.Persona.Mode;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PersonaSpecTests {
    @TempDir
    Path folder;

    private void write(String rule, String mode) {
        PolicyFiles.write(folder, "a.yaml", """
                apiVersion: sluice/v1
                kind: Policy
                metadata: {name: p}
                spec: {persona: [%s]}
                ---
                apiVersion: sluice/v1
                kind: Binding
                metadata: {name: b}
                spec: {policies: [p], mode: %s}
                """.formatted(rule, mode));
    }

    private Persona persona(String rule) {
        write(rule, "enforce");
        Policy policy = PolicyLoader.load(folder).set().policies().get("p");
        return Objects.requireNonNull(Objects.requireNonNull(policy).persona());
    }

    @Test
    void every_key_counts() {
        Persona persona =
                persona("{id: tone, mode: product, lanes: [{name: a, system: x, weight: 2, weights: {max: 3}},"
                        + " {name: b, system: y}]}");
        assertThat(persona.rule()).isEqualTo(new RuleId("p", "tone"));
        assertThat(persona.mode()).isEqualTo(Mode.PRODUCT);
        assertThat(persona.lanes())
                .containsExactly(new Lane("a", "x", 2, new Bounds(0, 3)), new Lane("b", "y", 1, null));
        assertThat(persona("{id: t, lanes: [{name: a, system: x}, {name: b, system: y}]}")
                        .mode())
                .isEqualTo(Mode.MIXTURE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "persona.release-lanes | {id: t, mode: release, lanes: [{name: a, system: x}, {name: b, system: y}, {name: c, system: z}]}",
                "persona.release-weight | {id: t, mode: release, lanes: [{name: a, system: x, weight: 1}, {name: b, system: y}]}",
                "persona.duplicate-lane | {id: t, lanes: [{name: a, system: x}, {name: a, system: y}]}",
                "persona.no-weight | {id: t, lanes: [{name: a, system: x, weight: 0}, {name: b, system: y, weight: 0}]}",
                "persona.bounds | {id: t, lanes: [{name: a, system: x, weights: {min: 2, max: 1}}, {name: b, system: y}]}",
                "persona.bounds | {id: t, lanes: [{name: a, system: x, weight: 5, weights: {max: 1}}, {name: b, system: y}]}",
                "policy.unknown-key | {id: t, lanes: [{name: a, sytem: x}, {name: b, system: y}]}",
            })
    void what_is_wrong_is_said_with_its_place(String code, String rule) {
        write(rule, "enforce");
        assertThat(PolicyCheck.run(folder).text()).contains("a.yaml:4:").contains(code);
    }

    @Test
    void personas_in_shadow_are_warned_of() {
        write("{id: t, lanes: [{name: a, system: x}, {name: b, system: y}]}", "shadow");
        assertThat(PolicyCheck.run(folder).text()).contains("persona.shadow");
    }
}
