package dev.sluice.policy;

import dev.sluice.policy.PolicySet.Binding;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Checks a folder of policy files as loading would, and tells people what it holds. */
public final class PolicyCheck {
    private PolicyCheck() {}

    /**
     * What a check found.
     *
     * @param problems errors, warnings and remarks, in file order
     * @param policies what would be loaded, in file order; empty if there is an error
     * @param ok whether the folder would be loaded
     * @param text all of it for people, in lines
     */
    public record Result(List<Problem> problems, List<Summary> policies, boolean ok, String text) {}

    /**
     * One policy, in short.
     *
     * @param name its name
     * @param description one line for people, or empty
     * @param rules ids of its rules
     * @param holdBack the most characters that it may hold back
     * @param bindings the bindings that apply it
     */
    public record Summary(String name, String description, List<String> rules, int holdBack, List<Binding> bindings) {}

    /** Checks a folder. Never fails: whatever is wrong is in the result. */
    public static Result run(Path folder) {
        return run(folder, PolicyResources.DEFAULT);
    }

    /** Checks a folder with what its policies may name. Never fails: whatever is wrong is in the result. */
    public static Result run(Path folder, PolicyResources resources) {
        try {
            LoadedPolicies loaded = PolicyLoader.load(folder, resources);
            List<Summary> policies = loaded.set().policies().values().stream()
                    .map(policy -> summary(policy, loaded))
                    .toList();
            String head = "%s: ok, revision %s, %s, %s"
                    .formatted(
                            folder,
                            loaded.set().revision(),
                            count(policies.size(), "policy", "policies"),
                            count(loaded.set().bindings().size(), "binding", "bindings"));
            String body = policies.stream().map(PolicyCheck::text).collect(Collectors.joining());
            return new Result(loaded.remarks(), policies, true, lines(loaded.remarks()) + head + "\n" + body);
        } catch (PolicyException e) {
            long errors = e.problems().stream()
                    .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                    .count();
            String tail = "%s: %s; nothing of it would be loaded\n".formatted(folder, count(errors, "error", "errors"));
            return new Result(e.problems(), List.of(), false, lines(e.problems()) + tail);
        }
    }

    private static Summary summary(Policy policy, LoadedPolicies loaded) {
        return new Summary(
                policy.name(),
                policy.description(),
                loaded.rules().getOrDefault(policy.name(), List.of()),
                policy.holdBack(),
                loaded.set().bindings().stream()
                        .filter(binding -> binding.policies().contains(policy.name()))
                        .toList());
    }

    private static String text(Summary policy) {
        String applies = policy.bindings().isEmpty()
                ? "only when a request names it"
                : policy.bindings().stream()
                        .map(binding -> "%s (%s)".formatted(binding.name(), binding.shadow() ? "shadow" : "enforce"))
                        .collect(Collectors.joining(", "));
        String holdBack =
                policy.holdBack() == 0 ? "none" : "at most " + count(policy.holdBack(), "character", "characters");
        String description = policy.description().isEmpty() ? "" : "  " + policy.description();
        return "\n%s%s\n  rules      %s\n  hold-back  %s\n  applies    %s\n"
                .formatted(policy.name(), description, String.join(", ", policy.rules()), holdBack, applies);
    }

    private static String lines(List<Problem> problems) {
        return problems.stream().map(problem -> problem.render() + "\n").collect(Collectors.joining());
    }

    private static String count(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }
}
