package dev.sluice.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * All policies and bindings of one revision, immutable. Running requests keep the set they began with.
 *
 * @param revision hexadecimal digest of the documents, short
 * @param policies by name, in file order
 * @param bindings in file order
 */
public record PolicySet(String revision, Map<String, Policy> policies, List<Binding> bindings) {
    /**
     * Where policies apply without being named.
     *
     * @param name its name
     * @param policies names of policies, all present in the set
     * @param shadow whether they are inert and only report
     */
    public record Binding(String name, List<String> policies, boolean shadow) {}

    /**
     * What applies to a request.
     *
     * @param policy the policy
     * @param shadow whether it is inert and only reports
     */
    public record Applied(Policy policy, boolean shadow) {}

    /** A set without policies. */
    public static PolicySet empty() {
        return new PolicySet("empty", Map.of(), List.of());
    }

    /**
     * The policies of a request: the bindings', then those it names. Enforcement wins over shadow.
     *
     * @param named names from the request, each in {@link #policies()}
     */
    public List<Applied> resolve(Set<String> named) {
        Map<String, Boolean> shadowByName = new LinkedHashMap<>();
        for (Binding binding : bindings) {
            for (String policy : binding.policies()) {
                shadowByName.merge(policy, binding.shadow(), Boolean::logicalAnd);
            }
        }
        named.forEach(name -> shadowByName.put(name, false));
        return shadowByName.entrySet().stream()
                .map(entry -> new Applied(
                        Objects.requireNonNull(policies.get(entry.getKey()), entry.getKey()), entry.getValue()))
                .toList();
    }
}
