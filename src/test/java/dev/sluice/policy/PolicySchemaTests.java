package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.hook.phrase.PhraseRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The schema and the code agree, and an editor finds words for every key. */
class PolicySchemaTests {
    private static final Set<String> WITHOUT_ERRORS = Set.of(
            "$schema",
            "$defs",
            "$ref",
            "title",
            "description",
            "default",
            "properties",
            "items",
            "allOf",
            "if",
            "then",
            "else");
    private static final Set<String> WITH_WORDS = Set.of(
            "additionalProperties",
            "required",
            "dependentRequired",
            "oneOf",
            "type",
            "enum",
            "pattern",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "uniqueItems");
    private final JsonNode root = PolicySchema.load().root();

    @Test
    void every_kind_of_rule_has_a_key_and_every_key_a_compiler() {
        List<String> keys = PolicySchema.keys(root.at("/$defs/policySpec"));
        List<String> expected =
                new ArrayList<>(PolicyCompiler.kinds(PolicyResources.DEFAULT).keySet());
        expected.add("on-dead-end");
        expected.add("on-failure");
        assertThat(keys).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void values_are_those_of_the_code() {
        assertThat(values("match")).isEqualTo(names(PhraseRule.Match.values()));
        assertThat(values("on-match")).isEqualTo(names(PhraseRule.OnMatch.values()));
    }

    @Test
    void only_keywords_with_words_are_used_and_every_key_is_described() {
        walk(root, "#");
    }

    private void walk(JsonNode schema, String path) {
        schema.propertyStream().forEach(entry -> {
            String keyword = entry.getKey();
            JsonNode value = entry.getValue();
            assertThat(WITHOUT_ERRORS.contains(keyword) || WITH_WORDS.contains(keyword))
                    .as(path + "/" + keyword)
                    .isTrue();
            switch (keyword) {
                case "properties", "$defs" ->
                    value.propertyStream()
                            .forEach(property ->
                                    describedAndWalked(property.getValue(), path + "/" + property.getKey()));
                case "items", "then", "else" -> walk(value, path + "/" + keyword);
                case "allOf" -> value.valueStream().forEach(part -> walk(part, path + "/allOf"));
                default -> {}
            }
        });
    }

    private void describedAndWalked(JsonNode schema, String path) {
        boolean described = schema.has("description") || schema.has("$ref");
        assertThat(described).as(path + " has a description").isTrue();
        walk(schema, path);
    }

    private List<String> values(String key) {
        return root.at("/$defs/phraseRule/properties/" + key + "/enum")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
