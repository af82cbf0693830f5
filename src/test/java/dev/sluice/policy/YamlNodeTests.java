package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Text;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A place within a text is found in the file, however the text is written. */
class YamlNodeTests {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "key: ab@cd",
                "key: 'it''s @ here'",
                "key: \"a\\tb\\x41\\u0042\\U00000043@\"",
                "key: \"\\U0001F600@\"",
                "key: '\uD83D\uDE00@'",
                "{'\uD83D\uDE00': 1, key: \"@\"}",
                "key: '@'"
            })
    void a_place_in_a_text_on_one_line_is_exact(String line) {
        Text text = text(line);
        Span span = text.at(text.value().indexOf('@'));
        assertThat(span.line()).isZero();
        assertThat(span.column()).isEqualTo(line.codePointCount(0, line.indexOf('@')));
    }

    @ParameterizedTest
    @ValueSource(strings = {"key: |\n  a\n  @\n", "key: 'a\n  @'", "key: a\n  @\n"})
    void a_place_in_a_text_on_several_lines_is_the_whole_text(String document) {
        Text text = text(document);
        assertThat(text.at(text.value().indexOf('@'))).isEqualTo(text.span());
    }

    @Test
    void no_place_is_the_whole_text() {
        Text text = text("key: abc");
        assertThat(text.at(-1)).isEqualTo(text.span());
        assertThat(text.at(99).column()).isEqualTo(8);
    }

    private static Text text(String document) {
        Findings findings = new Findings();
        YamlNode root = Objects.requireNonNull(YamlDocuments.parse(new SourceFile("a.yaml", document), findings)
                .get(0)
                .root());
        assertThat(findings.inFileOrder()).isEmpty();
        return (Text) Objects.requireNonNull(((Mapping) root).get("key"));
    }
}
