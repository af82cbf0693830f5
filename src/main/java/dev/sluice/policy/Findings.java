package dev.sluice.policy;

import dev.sluice.policy.Problem.Severity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects all problems of one load, and which values are known to be wrong. One owner, one thread. */
final class Findings {
    private final List<Problem> problems = new ArrayList<>();
    private final Set<YamlNode> faulty = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Adds a problem. */
    void add(Problem problem) {
        problems.add(problem);
    }

    /** Adds an error. */
    void error(Span where, String code, String message) {
        error(where, code, message, null);
    }

    /** Adds an error with what was probably meant, or null. */
    void error(Span where, String code, String message, @Nullable String suggestion) {
        add(where.problem(Severity.ERROR, code, message, suggestion));
    }

    /** Adds a warning: loaded, but probably not what was meant. */
    void warn(Span where, String code, String message) {
        add(where.problem(Severity.WARNING, code, message, null));
    }

    /** Adds a remark. */
    void remark(Span where, String code, String message) {
        add(where.problem(Severity.INFO, code, message, null));
    }

    /** Says that a value has an error in it that was reported: nobody needs to look at it again. */
    void markFaulty(YamlNode node) {
        faulty.add(node);
    }

    /** Whether an error in the value was reported. */
    boolean isFaulty(YamlNode node) {
        return faulty.contains(node);
    }

    /** Whether there is an error. */
    boolean hasErrors() {
        return problems.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
    }

    /** The problems in file order, each once. */
    List<Problem> inFileOrder() {
        return problems.stream().distinct().sorted(Problem.IN_FILE_ORDER).toList();
    }
}
