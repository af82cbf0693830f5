package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.hook.unlearn.UnlearnHook;
import dev.sluice.hook.unlearn.UnlearnRule;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnlearnPolicyTests {
    private static final String RECORD = "{\"question\": \"Where was she born?\", \"answer\": \"In Zagorje.\"}\n";

    @TempDir
    Path folder;

    @BeforeEach
    void aForgetSet() {
        PolicyFiles.write(folder, "f.jsonl", RECORD);
    }

    private LoadedPolicies load(String spec) {
        PolicyFiles.write(folder, "a.yaml", document(spec));
        return PolicyLoader.load(folder);
    }

    private List<String> errors(String spec) {
        PolicyFiles.write(folder, "a.yaml", document(spec));
        return PolicyFiles.places(PolicyFiles.errors(folder));
    }

    private static String document(String spec) {
        return "apiVersion: sluice/v1\nkind: Policy\nmetadata: {name: a}\nspec:\n  " + spec + "\n";
    }

    private UnlearnRule rule(String spec) {
        return ((UnlearnHook) load(spec).set().policies().get("a").hooks().get(0)).rule();
    }

    @Test
    void aForgetSetWithoutTrainingIsARule() {
        UnlearnRule rule = rule("unlearn: [{id: x, forget: f.jsonl}]");
        assertThat(rule.index().phrases(0)).extracting(phrase -> phrase.text()).containsExactly("Zagorje");
        assertThat(rule.router()).isNull();
        assertThat(rule.similarity()).isEqualTo(0.75);
        assertThat(rule.answers()).isEqualTo(1);
        assertThat(rule.excludePromptWords()).isTrue();
        assertThat(rule.ratio()).isEqualTo(1);
        assertThat(rule.semantic()).isEqualTo(new Semantic(0.5, Below.MASK));
        assertThat(rule.open()).isFalse();
    }

    @Test
    void everyKeyIsHeard() {
        UnlearnRule rule =
                rule("{unlearn: [{id: x, forget: f.jsonl, retain: f.jsonl, router: none, similarity: 0.6, answers: 3,"
                        + " exclude-prompt-words: false, hard: {ratio: 0.5}, semantic: {threshold: 0.4, below: paper}}],"
                        + " on-failure: open}");
        assertThat(rule.similarity()).isEqualTo(0.6);
        assertThat(rule.answers()).isEqualTo(3);
        assertThat(rule.excludePromptWords()).isFalse();
        assertThat(rule.ratio()).isEqualTo(0.5);
        assertThat(rule.semantic()).isEqualTo(new Semantic(0.4, Below.PAPER));
        assertThat(rule.open()).isTrue();
    }

    @Test
    void aPresetSaysWhatIsNotStated() {
        assertThat(rule("unlearn: [{id: x, forget: f.jsonl, preset: paper}]").semantic())
                .isEqualTo(new Semantic(0.5, Below.PAPER));
        assertThat(rule("unlearn: [{id: x, forget: f.jsonl, preset: paper, semantic: {below: mask}}]")
                        .semantic())
                .isEqualTo(new Semantic(0.5, Below.MASK));
        assertThat(rule("unlearn: [{id: x, forget: f.jsonl, semantic: none}]").semantic())
                .isNull();
    }

    @Test
    void theSemanticPartAloneMayBeLifted() {
        assertThat(load("{unlearn: [{id: x, forget: f.jsonl}], on-dead-end: {relax: [x.semantic]}}")
                        .set()
                        .policies()
                        .get("a")
                        .relaxed())
                .containsExactly("x.semantic");
        assertThat(errors("{unlearn: [{id: x, forget: f.jsonl}], on-dead-end: {relax: [x]}}"))
                .containsExactly("5:63 policy.not-relaxable");
        assertThat(errors("{unlearn: [{id: x, forget: f.jsonl, semantic: none}], on-dead-end: {relax: [x.semantic]}}"))
                .containsExactly("5:79 policy.unknown-rule");
    }

    @Test
    void theRevisionTellsOfAChangedForgetSet() {
        String before = load("unlearn: [{id: x, forget: f.jsonl}]").set().revision();
        assertThat(load("unlearn: [{id: x, forget: f.jsonl}]").set().revision()).isEqualTo(before);
        PolicyFiles.write(folder, "f.jsonl", RECORD + RECORD);
        assertThat(load("unlearn: [{id: x, forget: f.jsonl}]").set().revision()).isNotEqualTo(before);
    }

    @Test
    void mistakesAreErrorsWhereTheyStand() {
        assertThat(errors("unlearn: [{id: x, forget: g.jsonl}]")).containsExactly("5:29 unlearn.no-file");
        assertThat(errors("unlearn: [{id: x, classifier: none-such}]")).containsExactly("5:33 classifier.missing");
        assertThat(errors("unlearn: [{id: x}]")).containsExactly("5:13 policy.missing-key");
        assertThat(errors("unlearn: [{id: x, forget: f.jsonl, classifier: y}]"))
                .containsExactly("5:13 policy.conflict");
        assertThat(errors("unlearn: [{id: x, classifier: y, retain: f.jsonl}]"))
                .containsExactly("5:13 policy.conflict");
        assertThat(errors("unlearn: [{id: x, forgot: f.jsonl}]")).containsExactly("5:21 policy.unknown-key");
        assertThat(errors("unlearn: [{id: x, forget: f.jsonl, hard: {ratio: 1.5}}]"))
                .containsExactly("5:52 policy.out-of-range");
        assertThat(errors("unlearn: [{id: x, forget: f.jsonl, hard: {ratio: high}}]"))
                .containsExactly("5:52 policy.wrong-type");
        assertThat(errors("unlearn: [{id: x, forget: f.jsonl, semantic: maybe}]"))
                .containsExactly("5:48 policy.unknown-value");
        assertThat(errors("unlearn: [{id: x, forget: f.jsonl}, {id: x, forget: f.jsonl}]"))
                .containsExactly("5:44 policy.duplicate-rule");
        assertThat(errors("{unlearn: [{id: x, forget: f.jsonl}], on-failure: ajar}"))
                .containsExactly("5:53 policy.unknown-value");
    }

    @Test
    void aBadRecordIsToldByItsLine_withoutItsText() {
        PolicyFiles.write(folder, "f.jsonl", RECORD + "\n{\"question\": \"secret\"}\n");
        PolicyFiles.write(folder, "a.yaml", document("unlearn: [{id: x, forget: f.jsonl}]"));
        assertThat(PolicyFiles.errors(folder)).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("unlearn.bad-record");
            assertThat(problem.message())
                    .contains("f.jsonl:3")
                    .contains("\"answer\"")
                    .doesNotContain("secret");
        });
        PolicyFiles.write(folder, "f.jsonl", "\n");
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder))).containsExactly("5:29 unlearn.empty");
        PolicyFiles.write(folder, "f.jsonl", "[1\n");
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder))).containsExactly("5:29 unlearn.bad-record");
    }
}
