package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each mistake is reported once, where it stands, with its code and what was probably meant. */
class PolicyErrorsTests {
    private static final String HEAD = "apiVersion: sluice/v1\nkind: Policy\nmetadata: {name: p}\n";
    private static final String BINDING_HEAD = "apiVersion: sluice/v1\nkind: Binding\nmetadata: {name: b}\n";

    @TempDir
    Path folder;

    /**
     * A bad document.
     *
     * @param yaml its text, with {@code »} before the mistake
     * @param code the code of its one error
     * @param fragment part of the message
     * @param suggestion what was probably meant, or null
     */
    record Bad(
            String yaml,
            String code,
            String fragment,
            @Nullable String suggestion) {
        Bad(String yaml, String code, String fragment) {
            this(yaml, code, fragment, null);
        }

        String place() {
            String before = yaml.substring(0, yaml.indexOf('»'));
            int lineStart = before.lastIndexOf('\n') + 1;
            return "%d:%d %s"
                    .formatted(
                            before.lines().count() + (before.endsWith("\n") || before.isEmpty() ? 1 : 0),
                            before.length() - lineStart + 1,
                            code);
        }

        @Override
        public String toString() {
            return code + " " + fragment;
        }
    }

    static Stream<Bad> badDocuments() {
        String longName = "a".repeat(64);
        return Stream.of(
                // the head
                new Bad("»- 1\n", "policy.wrong-type", "must be a mapping, is a list"),
                new Bad("»just words\n", "policy.wrong-type", "must be a mapping, is text"),
                new Bad(head("apiVersion", "»sluice/v2"), "policy.unknown-value", "is \"sluice/v2\"", "sluice/v1"),
                new Bad(head("kind", "»Polcy"), "policy.unknown-value", "Policy or Binding", "Policy"),
                new Bad(head("kind", "»Secret"), "policy.unknown-value", "is \"Secret\""),
                new Bad("»apiVersion: sluice/v1\nmetadata: {name: p}\nx: y\n", "policy.missing-key", "\"kind\""),
                new Bad("apiVersion: sluice/v1\n»knd: Policy\nx: {y: z}\n", "policy.unknown-key", "\"knd\"", "kind"),
                new Bad("»" + HEAD, "policy.missing-key", "lacks the key \"spec\""),
                new Bad(HEAD + "»spec:\n", "policy.wrong-type", "spec must be a mapping, is empty"),
                new Bad(HEAD + "spec: {}\n»status: {}\n", "policy.unknown-key", "\"status\"; known: apiVersion"),
                // metadata
                new Bad(metadata("»{}"), "policy.missing-key", "metadata lacks the key \"name\""),
                new Bad(metadata("{»nam: p}"), "policy.unknown-key", "metadata has the unknown", "name"),
                new Bad(metadata("{name: »My Policy}"), "policy.bad-name", "\"My Policy\"; allowed: Lower-case"),
                new Bad(metadata("{name: »-x}"), "policy.bad-name", "-x"),
                new Bad(metadata("{name: »7}"), "policy.wrong-type", "must be text, is a number; put it in quotes"),
                new Bad(metadata("{name: »" + longName + "}"), "policy.bad-name", "at most 63"),
                new Bad(metadata("{name: p, »name: q}"), "policy.duplicate-key", "\"name\" stands at line 3"),
                // phrases
                new Bad(spec("phrases: »[]"), "policy.out-of-range", "at least 1 and at most 1000 items, has 0"),
                new Bad(spec("phrases: »{id: a}"), "policy.wrong-type", "must be a list, is a mapping"),
                new Bad(spec("»phrses: [{id: a, ban: [abc]}]"), "policy.unknown-key", "\"phrses\"", "phrases"),
                new Bad(rule("»{ban: [abc]}"), "policy.missing-key", "spec.phrases[0] lacks the key \"id\""),
                new Bad(rule("»{id: a}"), "policy.missing-key", "needs one of \"ban\" and \"pattern\""),
                new Bad(rule("»{id: a, ban: [abc], pattern: b+}"), "policy.conflict", "needs exactly one of"),
                new Bad(rule("{id: a, »bann: [abc]}"), "policy.unknown-key", "\"bann\"", "ban"),
                new Bad(rule("{id: a, ban: »abc}"), "policy.wrong-type", "a list, is text; put it in brackets"),
                new Bad(rule("{id: a, ban: [abc, »12]}"), "policy.wrong-type", "ban[1] must be text, is a number"),
                new Bad(rule("{id: a, ban: [»'']}"), "policy.out-of-range", "at least 1 and at most 1000 characters"),
                new Bad(rule("{id: »a b, ban: [abc]}"), "policy.bad-name", "Letters, digits"),
                new Bad(rule("{id: a, ban: [abc], match: »foldd}"), "policy.unknown-value", "\"foldd\"", "folded"),
                new Bad(rule("{id: a, ban: [abc], match: »true}"), "policy.unknown-value", "is true"),
                new Bad(rule("{id: a, ban: [abc], on-match: »drop}"), "policy.unknown-value", "reject or rewind"),
                new Bad(rule("{id: a, ban: [abc], whole-word: »yes}"), "policy.wrong-type", "true or false, is text"),
                new Bad(rule("{id: a, ban: [abc], rewind-limit: »-1}"), "policy.out-of-range", "at least 0 and"),
                new Bad(rule("{id: a, ban: [abc], rewind-limit: »1.5}"), "policy.wrong-type", "a whole number"),
                new Bad(rule("{id: a, pattern: a+, max-length: »0}"), "policy.out-of-range", "at least 1 and"),
                new Bad(rule("»{id: a, ban: [abc], max-length: 9}"), "policy.conflict", "goes with \"pattern\" only"),
                new Bad(rule("{id: a, pattern: \"»\\bcat\"}"), "phrase.control-character", "U+0008"),
                new Bad(rule("{id: a, ban: [abc]}, {id: »a, ban: [x]}"), "policy.duplicate-rule", "a.yaml:4 already"),
                // what the phrase hook refuses, within the text
                new Bad(rule("{id: a, pattern: '(a)»\\1'}"), "phrase.backreference", "spell it out"),
                new Bad(rule("{id: a, pattern: 'it''s »(?=x)'}"), "phrase.lookaround", "cannot be streamed"),
                new Bad(rule("{id: a, pattern: \"x\\u0041»(?>y)\"}"), "phrase.atomic", "write (?:"),
                new Bad(rule("{id: a, pattern: »'ab+'}"), "phrase.unbounded", "max-length: N"),
                new Bad(rule("{id: a, pattern: »'(ab)?'}"), "phrase.empty", "empty text"),
                new Bad(rule("{id: a, ban: [abc, »'\u200b']}"), "phrase.empty", "nothing to match"),
                new Bad(
                        rule("{id: a, ban: [abc, »x, def], match: loose}"),
                        "phrase.too-short",
                        "string 2 keeps one letter"),
                // dead ends
                new Bad(deadEnd("»5"), "policy.wrong-type", "must be text or a mapping, is a number"),
                new Bad(deadEnd("»halt"), "policy.unknown-value", "must be stop, is \"halt\""),
                new Bad(deadEnd("»{}"), "policy.missing-key", "lacks the key \"relax\""),
                new Bad(deadEnd("{»relx: [a]}"), "policy.unknown-key", "\"relx\"", "relax"),
                new Bad(deadEnd("{relax: »[]}"), "policy.out-of-range", "has 0"),
                new Bad(deadEnd("{relax: [»a1]}"), "policy.not-relaxable", "a hard rule"),
                new Bad(deadEnd("{relax: [»a2]}"), "policy.unknown-rule", "no rule with that id", "a1"),
                // bindings
                new Bad(BINDING_HEAD + "spec: »{}\n", "policy.missing-key", "lacks the key \"policies\""),
                new Bad(BINDING_HEAD + "spec: {policies: »[]}\n", "policy.out-of-range", "has 0"),
                new Bad(BINDING_HEAD + "spec: {policies: [»x]}\n", "policy.unknown-policy", "no policy is named"),
                new Bad(bound("{policies: [»plicy]}"), "policy.unknown-policy", "\"plicy\"", "policy"),
                new Bad(bound("{policies: »[policy, policy]}"), "policy.duplicate-value", "twice"),
                new Bad(bound("{policies: [policy], mode: »shdow}"), "policy.unknown-value", "enforce or", "shadow"),
                new Bad(
                        HEAD + "spec: {}\n---\n" + HEAD.replace("p}", "»p}") + "spec: {}\n",
                        "policy.duplicate-name",
                        "a.yaml:3 already"),
                // YAML itself
                new Bad("a: [1, 2\nb»: 3\n", "policy.syntax", "not YAML"),
                new Bad("a:\n»\tb: 1\n", "policy.syntax", "indent with spaces"),
                new Bad("a: \"\\»d\"\n", "policy.syntax", "put patterns in single quotes"),
                new Bad("a: »*nowhere\n", "policy.syntax", "alias *nowhere has no anchor"),
                new Bad("a: &x [»*x]\n", "policy.syntax", "alias *x has no anchor"),
                new Bad("? »[a]\n: b\n", "policy.syntax", "a key must be text"),
                new Bad("a: »\u0007\n", "policy.syntax", "U+0007"),
                new Bad(HEAD + "spec: »!!java.net.URL {}\n", "policy.tag", "java.net.URL"),
                new Bad(rule("{id: a, ban: [»!!str 12x]}"), "policy.tag", "leave the tag out"));
    }

    @ParameterizedTest
    @MethodSource("badDocuments")
    void a_bad_document_has_one_error_where_the_mistake_stands(Bad bad) {
        PolicyFiles.write(folder, "a.yaml", bad.yaml().replace("»", ""));
        List<Problem> errors = PolicyFiles.errors(folder);
        assertThat(PolicyFiles.places(errors)).containsExactly(bad.place());
        Problem error = errors.get(0);
        assertThat(error.message()).contains(bad.fragment()).doesNotContain("\n");
        assertThat(error.suggestion()).isEqualTo(bad.suggestion());
        assertThat(error.excerpt()).contains(" | ").contains("^");
    }

    @Test
    void there_are_at_least_thirty_bad_documents() {
        assertThat(badDocuments()).hasSizeGreaterThanOrEqualTo(30);
    }

    @Test
    void an_error_is_one_line_then_the_underlined_source() {
        PolicyFiles.write(folder, "a.yaml", rule("{id: a, ban: [abc], match: foldd}"));
        assertThat(PolicyFiles.errors(folder).get(0).render())
                .isEqualTo(
                        "%s:4:45: policy.unknown-value: spec.phrases[0].match must be exact, folded or loose, is \"foldd\", did you mean \"folded\"?\n"
                                        .formatted(folder.resolve("a.yaml"))
                                + "    4 | spec: {phrases: [{id: a, ban: [abc], match: foldd}]}\n"
                                + "      |                                             ^^^^^");
    }

    @Test
    void all_errors_of_all_files_come_at_once_in_order() {
        PolicyFiles.write(
                folder,
                "b.yaml",
                rule("{id: a, ban: [abc], match: foldd, on-match: x}").replace("name: p", "name: q"));
        PolicyFiles.write(
                folder, "a.yml", "a: [\n---\n" + metadata("{nme: p}") + "---\nb: \"\\d\"\n---\n" + head("kind", "X"));
        PolicyFiles.write(folder, "c.yaml", BINDING_HEAD + "spec: {policies: [nobody, p]}\n");
        List<Problem> errors = PolicyFiles.errors(folder);
        assertThat(PolicyFiles.places(errors))
                .containsExactly(
                        "2:1 policy.syntax",
                        "5:12 policy.unknown-key",
                        "8:6 policy.syntax",
                        "11:7 policy.unknown-value",
                        "4:45 policy.unknown-value",
                        "4:62 policy.unknown-value",
                        "4:19 policy.unknown-policy");
        assertThat(errors)
                .extracting(error -> Path.of(error.file()).getFileName().toString())
                .containsExactly("a.yml", "a.yml", "a.yml", "a.yml", "b.yaml", "b.yaml", "c.yaml");
    }

    @Test
    void a_binding_to_a_policy_that_cannot_be_read_is_no_error_of_its_own() {
        PolicyFiles.write(folder, "a.yaml", "metadata: {name: lost}\nx: [\n");
        PolicyFiles.write(folder, "b.yaml", head("kind", "Polcy"));
        PolicyFiles.write(folder, "c.yaml", BINDING_HEAD + "spec: {policies: [lost, p, los]}\n");
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder)))
                .containsExactly("3:1 policy.syntax", "2:7 policy.unknown-value", "4:28 policy.unknown-policy");
    }

    @Test
    void twins_in_different_files_name_both_places() {
        PolicyFiles.write(folder, "a.yaml", HEAD + "spec: {}\n");
        PolicyFiles.write(folder, "b.yaml", "# a comment\n" + HEAD + "spec: {}\n");
        Problem error = PolicyFiles.errors(folder).get(0);
        assertThat(error.render()).startsWith(folder.resolve("b.yaml") + ":4:18: policy.duplicate-name");
        assertThat(error.message()).contains(folder.resolve("a.yaml") + ":3");
    }

    @Test
    void every_rule_that_the_hook_refuses_is_reported() {
        PolicyFiles.write(folder, "a.yaml", HEAD + """
                spec:
                  phrases:
                    - {id: a, pattern: '(a)\\1'}
                    - {id: b, ban: [fine]}
                    - {id: c, pattern: 'x++'}
                    - {id: d, pattern: '(y)\\1', match: foldd}
                """);
        assertThat(PolicyFiles.places(PolicyFiles.errors(folder)))
                .containsExactly("6:28 phrase.backreference", "8:27 phrase.possessive", "9:40 policy.unknown-value");
    }

    @Test
    void a_long_line_is_cut_around_the_mistake() {
        String strings = String.join(
                ", ", IntStream.range(0, 200).mapToObj(i -> "word" + i).toList());
        PolicyFiles.write(folder, "a.yaml", rule("{id: a, ban: [%s, 7, %s]}".formatted(strings, strings)));
        String[] excerpt = PolicyFiles.errors(folder).get(0).excerpt().split("\n");
        int caret = excerpt[1].indexOf('^');
        assertThat(excerpt[0]).hasSizeLessThan(120);
        assertThat(excerpt[0].charAt(caret)).isEqualTo('7');
    }

    private static String head(String key, String value) {
        return HEAD.replaceFirst(key + ": \\S+", key + ": " + value) + "spec: {}\n";
    }

    private static String metadata(String metadata) {
        return HEAD.replace("{name: p}", metadata) + "spec: {}\n";
    }

    private static String spec(String spec) {
        return HEAD + "spec: {" + spec + "}\n";
    }

    private static String bound(String spec) {
        return HEAD.replace("name: p", "name: policy") + "spec: {}\n---\n" + BINDING_HEAD + "spec: " + spec + "\n";
    }

    private static String rule(String rule) {
        return spec("phrases: [" + rule + "]");
    }

    private static String deadEnd(String value) {
        return spec("phrases: [{id: a1, ban: [abc]}], on-dead-end: " + value);
    }
}
