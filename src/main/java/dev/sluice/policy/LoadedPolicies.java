package dev.sluice.policy;

import java.util.List;
import java.util.Map;

/**
 * What a folder of policy files holds.
 *
 * @param set what the engine enforces
 * @param remarks warnings and remarks on it, in file order
 * @param rules ids of each policy's rules, by the policy's name
 */
public record LoadedPolicies(PolicySet set, List<Problem> remarks, Map<String, List<String>> rules) {}
