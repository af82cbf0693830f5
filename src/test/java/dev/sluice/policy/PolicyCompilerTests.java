package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.HookState;
import dev.sluice.hook.PromptContext;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A further kind of rule is one line in the compiler's map. */
class PolicyCompilerTests {
    /** Holds back as many characters as its value has. */
    private record Toy(int holdBack) implements GuardHook {
        @Override
        public HookState start(PromptContext prompt) {
            throw new UnsupportedOperationException();
        }
    }

    private static SpecCompiler kind(boolean soft) {
        return (policy, spec, findings) -> {
            String id = ((Text) spec).value();
            return new SpecCompiler.Compiled(
                    new Toy(id.length()), List.of(new SpecCompiler.Rule(id, soft, spec.span())));
        };
    }

    @Test
    void soft_rules_may_be_relaxed_and_the_largest_hold_back_counts() {
        Findings findings = new Findings();
        Policy policy = compile("{hard: abcd, on-dead-end: {relax: [ab]}, soft: ab}", findings);
        assertThat(policy.relaxed()).containsExactly("ab");
        assertThat(policy.holdBack()).isEqualTo(4);
        assertThat(policy.description()).isEqualTo("d");
        assertThat(findings.hasErrors()).isFalse();
    }

    @Test
    void hooks_come_in_the_order_of_the_kinds_and_not_of_the_file() {
        Policy policy = compile("{hard: abcd, soft: ab}", new Findings());
        assertThat(policy.hooks()).containsExactly(new Toy(2), new Toy(4));
    }

    @Test
    void ids_are_unique_over_all_kinds() {
        Findings findings = new Findings();
        compile("{soft: ab, hard: ab}", findings);
        assertThat(findings.inFileOrder()).extracting(Problem::code).contains("policy.duplicate-rule");
    }

    private static Policy compile(String spec, Findings findings) {
        Map<String, SpecCompiler> kinds = new LinkedHashMap<>();
        kinds.put("soft", kind(true));
        kinds.put("hard", kind(false));
        String text = "{kind: Policy, metadata: {name: p, description: d}, spec: %s}".formatted(spec);
        List<YamlDocument> documents = YamlDocuments.parse(new SourceFile("a.yaml", text), findings);
        assertThat(documents.get(0).root()).isInstanceOf(Mapping.class);
        return new PolicyCompiler(kinds, findings).compile(documents).policies().getOrDefault("p", EMPTY);
    }

    private static final Policy EMPTY = new Policy("", "", List.of(), List.of(), null, List.of(), 0);
}
