package dev.sluice.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected texts are those of Jinja 3.1 with {@code trim_blocks} and {@code lstrip_blocks}; {@code ~} is a line break. */
class JinjaSourceTests {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '=',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{{ 'a' }}~b=a~b",
                "{% if true %}~b~{% endif %}~c=b~c",
                "{%- if true -%}~ b ~{%- endif -%}~ c=bc",
                "a~  {# c #}~b=a~b",
                "{{ x }}~=``",
                "a~~{{- 'x' -}}~~ b=axb",
                "  {{ 'x' }}  ~=  x  ",
                "x {% if true %}~y{% endif %} z~  {% if true %} w {% endif %}~q=x y z~ w q",
                "{#- a -#}  b {#- c #}~ d=b d",
                "{% if true %}~~  z{% endif %}=~  z",
                "{{ '%} }} {#' }}=%} }} {#",
                "{%- raw %} {{ x }} {% endraw %}= {{ x }} ",
            })
    void white_space_is_that_of_jinja(String template, String expected) {
        assertThat(render(template.replace('~', '\n'))).isEqualTo(expected.replace('~', '\n'));
    }

    @Test
    void a_negated_test_negates_the_test() {
        assertThat(render("{% if not x is defined %}a{% endif %}{% if not y is defined %}b{% endif %}"))
                .isEqualTo("b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if",
                "{{ 'a }}",
                "{# a",
                "{% raw %}x",
                "{% for a in b if a.c %}{% endfor %}",
            })
    void what_cannot_be_rewritten_is_refused(String source) {
        assertThatThrownBy(() -> JinjaSource.rewrite(source)).isInstanceOf(TokenizerException.class);
    }

    private static String render(String source) {
        return new JinjaTemplate(source).render(Map.of("x", ""));
    }
}
