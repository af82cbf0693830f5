package dev.sluice.policy;

import java.util.List;
import java.util.stream.Collectors;

/** Policy files that cannot be enforced, with every error at once; nothing of the folder is loaded. */
public final class PolicyException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    /** Holds all problems found, in file order; at least one is an error. */
    PolicyException(List<Problem> problems) {
        super(problems.stream()
                .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                .map(Problem::render)
                .collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Errors, warnings and remarks, in file order. {@link #getMessage} renders the errors alone. */
    public List<Problem> problems() {
        return problems;
    }
}
