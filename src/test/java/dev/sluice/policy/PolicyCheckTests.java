package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people are told of a folder: warnings, hold-back, bindings. */
class PolicyCheckTests {
    @TempDir
    Path folder;

    @Test
    void a_good_folder_shows_rules_hold_back_and_bindings() {
        PolicyFiles.write(folder, "a.yaml", """
                apiVersion: sluice/v1
                kind: Policy
                metadata: {name: names, description: Keep names out}
                spec: {phrases: [{id: one, ban: [nightjar]}, {id: two, ban: [falcon], on-match: reject}]}
                ---
                apiVersion: sluice/v1
                kind: Binding
                metadata: {name: everyone}
                spec: {policies: [names], mode: shadow}
                """);
        PolicyCheck.Result result = PolicyCheck.run(folder);
        assertThat(result.ok()).isTrue();
        assertThat(result.problems()).isEmpty();
        PolicyCheck.Summary names = result.policies().get(0);
        assertThat(names.rules()).containsExactly("one", "two");
        assertThat(names.holdBack()).isPositive();
        assertThat(result.text())
                .contains(": ok, revision ", ", 1 policy, 1 binding\n", "names  Keep names out\n")
                .contains("  rules      one, two\n", "  hold-back  at most " + names.holdBack() + " character")
                .contains("  applies    everyone (shadow)\n");
    }

    @Test
    void a_bad_folder_shows_its_errors_and_their_number() {
        PolicyFiles.write(folder, "a.yaml", "a: [");
        PolicyCheck.Result result = PolicyCheck.run(folder);
        assertThat(result.ok()).isFalse();
        assertThat(result.policies()).isEmpty();
        assertThat(result.text())
                .startsWith(folder.resolve("a.yaml") + ":1:5: policy.syntax")
                .endsWith(folder + ": 1 error; nothing of it would be loaded\n");
    }

    @Test
    void a_missing_folder_is_told_and_not_thrown() {
        assertThat(PolicyCheck.run(folder.resolve("nowhere")).ok()).isFalse();
    }

    @Test
    void rules_that_are_probably_not_meant_are_warned_of() {
        PolicyFiles.write(folder, "a.yaml", """
                apiVersion: sluice/v1
                kind: Policy
                metadata: {name: p}
                spec:
                  phrases:
                    - {id: short, ban: [ab, cd e], match: exact}
                    - {id: word, ban: [xy], whole-word: true}
                    - {id: twin, ban: [Falcon, falcon]}
                    - {id: long, ban: [the falcon flies, the eagle flies], on-match: reject, rewind-limit: 3}
                    - {id: later, ban: [a falcon lands], on-match: rewind}
                    - {id: loose, ban: [my falcon], match: loose, on-match: reject}
                ---
                apiVersion: sluice/v1
                kind: Policy
                metadata: {name: idle}
                spec: {on-dead-end: stop}
                ---
                apiVersion: sluice/v1
                kind: Binding
                metadata: {name: x}
                spec: {policies: [p]}
                ---
                apiVersion: sluice/v1
                kind: Binding
                metadata: {name: y}
                spec: {policies: [p], mode: shadow}
                """);
        PolicyCheck.Result result = PolicyCheck.run(folder);
        assertThat(result.ok()).isTrue();
        assertThat(PolicyFiles.places(result.problems()))
                .containsExactly(
                        "6:25 phrase.short",
                        "8:32 phrase.duplicate",
                        "9:24 phrase.shadowed",
                        "9:78 phrase.no-effect",
                        "15:18 policy.unbound",
                        "16:7 policy.no-rules",
                        "26:19 policy.shadow-overruled");
        assertThat(result.problems().get(0).render()).contains("a.yaml:6:25: warning: phrase.short: ");
        assertThat(result.problems().get(4).render()).contains("a.yaml:15:18: info: policy.unbound: ");
    }

    @Test
    void the_shipped_policies_are_sound_and_bind_nobody() {
        PolicyCheck.Result result = PolicyCheck.run(Path.of("policies"));
        assertThat(result.ok()).as(result.text()).isTrue();
        assertThat(result.policies()).extracting(PolicyCheck.Summary::name).containsExactly("no-codename");
        assertThat(result.policies().get(0).rules()).containsExactly("codename", "card");
        assertThat(result.policies().get(0).bindings()).isEmpty();
    }
}
