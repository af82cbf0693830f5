package dev.sluice.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.policy.PolicySet.Applied;
import dev.sluice.policy.PolicySet.Binding;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which policies apply to a request, and in which mode. */
class PolicySetTests {
    private static final Policy A = new Policy("a", "", List.of(), List.of(), null, List.of(), 0);
    private static final Policy B = new Policy("b", "", List.of(), List.of(), null, List.of(), 0);
    private static final Map<String, Policy> BOTH = Map.of("a", A, "b", B);

    @Test
    void a_policy_without_a_binding_applies_only_when_named() {
        PolicySet set = new PolicySet("r", BOTH, List.of());
        assertThat(set.resolve(Set.of())).isEmpty();
        assertThat(set.resolve(Set.of("a"))).containsExactly(new Applied(A, false));
    }

    @Test
    void bindings_apply_in_their_mode_and_come_before_what_is_named() {
        PolicySet set = new PolicySet("r", BOTH, List.of(new Binding("x", List.of("b"), true)));
        assertThat(set.resolve(Set.of())).containsExactly(new Applied(B, true));
        assertThat(set.resolve(Set.of("a"))).containsExactly(new Applied(B, true), new Applied(A, false));
    }

    @Test
    void enforcing_wins_over_shadow_whatever_the_order() {
        Binding enforce = new Binding("x", List.of("a"), false);
        Binding shadow = new Binding("y", List.of("a"), true);
        for (List<Binding> bindings : List.of(List.of(enforce, shadow), List.of(shadow, enforce))) {
            assertThat(new PolicySet("r", BOTH, bindings).resolve(Set.of())).containsExactly(new Applied(A, false));
        }
    }

    @Test
    void naming_a_shadowed_policy_enforces_it() {
        PolicySet set = new PolicySet("r", BOTH, List.of(new Binding("x", List.of("a", "b"), true)));
        assertThat(set.resolve(Set.of("a"))).containsExactly(new Applied(A, false), new Applied(B, true));
    }

    @Test
    void an_unknown_name_is_a_defect_of_the_caller() {
        assertThatThrownBy(() -> PolicySet.empty().resolve(Set.of("x"))).hasMessage("x");
    }
}
