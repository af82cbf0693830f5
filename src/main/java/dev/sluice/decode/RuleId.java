package dev.sluice.decode;

/**
 * Names one rule of one policy.
 *
 * @param policy the policy's name
 * @param rule the rule's id within it
 */
public record RuleId(String policy, String rule) {
    @Override
    public String toString() {
        return policy + "/" + rule;
    }
}
