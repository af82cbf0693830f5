package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.ModelDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlignSpecTests {
    private static final String MODEL = "c".repeat(64);

    @TempDir
    Path folder;

    @TempDir
    Path classifiers;

    @BeforeEach
    void save() {
        save("kind", Kind.HEAD, Map.of("accept", 0.25), 2);
        save("plain", Kind.HEAD, Map.of(), 2);
        save("router", Kind.ROUTER, Map.of(), 2);
        save("wide", Kind.HEAD, Map.of(), 3);
    }

    @Test
    void defaults_are_those_of_the_page() {
        AcceptanceHead head = head("{id: a, head: plain}");
        assertThat(head.rule()).isEqualTo(new RuleId("p", "a"));
        assertThat(head.topK()).isEqualTo(40);
        assertThat(head.topP()).isEqualTo(0.95);
        assertThat(head.fallback()).isEqualTo(Fallback.FIRST);
        assertThat(head.byScore()).isFalse();
    }

    @Test
    void every_key_counts() {
        AcceptanceHead head =
                head("{id: a, head: plain, candidates: {top-k: 7, top-p: 0.5}, fallback: last, order: score}");
        assertThat(head.topK()).isEqualTo(7);
        assertThat(head.topP()).isEqualTo(0.5);
        assertThat(head.fallback()).isEqualTo(Fallback.LAST);
        assertThat(head.byScore()).isTrue();
    }

    @Test
    void a_head_accepts_above_its_own_threshold_or_that_of_the_rule() {
        // The second output is the vector's number, the first 0: the probability of acceptance is its logistic
        // function.
        assertAccepts(head("{id: a, head: plain}"), 0.5);
        assertAccepts(head("{id: a, head: kind}"), 0.25);
        assertAccepts(head("{id: a, head: kind, threshold: 0.9}"), 0.9);
    }

    @Test
    void a_head_may_be_lifted_at_a_dead_end() {
        PolicyFiles.write(folder, "a.yaml", policy("{align: [{id: a, head: kind}], on-dead-end: {relax: [a]}}"));
        assertThat(policyOf().relaxed()).containsExactly("a");
    }

    @Test
    void a_policy_may_have_phrases_and_heads() {
        PolicyFiles.write(
                folder,
                "a.yaml",
                policy("{phrases: [{id: b, ban: [nightjar]}], align: [{id: a, head: kind}, {id: c, head: plain}]}"));
        Policy policy = policyOf();
        assertThat(policy.hooks()).hasSize(1);
        assertThat(policy.heads().stream().map(AcceptanceHead::rule))
                .containsExactly(new RuleId("p", "a"), new RuleId("p", "c"));
    }

    @Test
    void a_head_of_another_model_is_refused_when_the_model_is_known() {
        AcceptanceHead head = head("{id: a, head: kind}");
        assertThat(head.require(model(MODEL, "int4"))).isEmpty();
        assertThat(head.require(model(MODEL, "int8")))
                .hasValueSatisfying(text -> assertThat(text).contains("int4", "int8"));
        assertThatThrownBy(() -> head.require(model("d".repeat(64), "int4")))
                .hasMessageContaining("classifier kind was trained for the model with the fingerprint " + MODEL);
    }

    @Test
    void mistakes_are_reported_where_they_stand() throws IOException {
        error("{align: [{id: a, head: kid}]}").contains("a.yaml:4:30: policy.unknown-head", "did you mean \"kind\"?");
        error("{align: [{id: a, head: router}]}").contains("a.yaml:4:30: classifier.mismatch", "but is a router");
        error("{align: [{id: a, head: wide}]}").contains("classifier.weights", "must give 2 numbers, but gives 3");
        error("{align: [{id: a, hed: kind}]}").contains("policy.unknown-key", "did you mean \"head\"?");
        error("{align: [{id: a}]}").contains("policy.missing-key", "head");
        error("{align: [{id: a, head: kind, candidates: {top-k: 65}}]}").contains("policy.out-of-range", "64");
        error("{align: [{id: a, head: kind, threshold: 1}]}").contains("policy.out-of-range", "0.999");
        error("{align: [{id: a, head: kind, order: nose}]}")
                .contains("policy.unknown-value", "did you mean \"noise\"?");
        error("{align: [{id: a, head: ../kind}]}").contains("policy.bad-name");
        error("{align: [{id: a, head: kind}, {id: b, head: kid}]}").contains("policy.unknown-head");
        Files.writeString(classifiers.resolve("kind/head.safetensors"), "x");
        error("{align: [{id: a, head: kind}]}").contains("classifier.hash");
    }

    private static void assertAccepts(AcceptanceHead head, double above) {
        double odds = Math.log(above / (1 - above));
        for (double offset : new double[] {-0.01, 0.01}) {
            float[] two = head.network().apply(new float[] {(float) (odds + offset)});
            assertThat(two[1] > two[0]).as("%s at %s", above, offset).isEqualTo(offset > 0);
        }
    }

    private AbstractStringAssert<?> error(String spec) {
        PolicyFiles.write(folder, "a.yaml", policy(spec));
        PolicyCheck.Result result = PolicyCheck.run(folder, new PolicyResources(classifiers));
        assertThat(result.ok()).as(spec).isFalse();
        return assertThat(result.text());
    }

    private AcceptanceHead head(String rule) {
        PolicyFiles.write(folder, "a.yaml", policy("{align: [" + rule + "]}"));
        return policyOf().heads().get(0);
    }

    private Policy policyOf() {
        return Objects.requireNonNull(PolicyLoader.load(folder, new PolicyResources(classifiers))
                .set()
                .policies()
                .get("p"));
    }

    private static String policy(String spec) {
        return "apiVersion: sluice/v1\nkind: Policy\nmetadata: {name: p}\nspec: " + spec + "\n";
    }

    private void save(String name, Kind kind, Map<String, Double> thresholds, int outputs) {
        float[] weight = new float[outputs];
        weight[1] = 1;
        FeedForward network = new FeedForward(null, List.of(new Linear(weight, new float[outputs])));
        ClassifierManifest manifest = new ClassifierManifest(
                name,
                kind,
                1,
                MODEL,
                "int4",
                1,
                Normalisation.FINAL_NORM,
                List.of(1, outputs),
                thresholds,
                Map.of(),
                1,
                Map.of());
        Classifier.save(classifiers.resolve(name), manifest, network, Map.of(), "");
    }

    private static ModelDescription model(String fingerprint, String precision) {
        return new ModelDescription("m", 10, 10, precision, "cpu", ModelDescription.Identity.EXACT, fingerprint);
    }
}
