package dev.sluice.policy;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.GuardHook;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetFile;
import dev.sluice.hook.unlearn.ForgetFileException;
import dev.sluice.hook.unlearn.ForgetIndex;
import dev.sluice.hook.unlearn.Router;
import dev.sluice.hook.unlearn.RouterFolder;
import dev.sluice.hook.unlearn.UnlearnHook;
import dev.sluice.hook.unlearn.UnlearnRule;
import dev.sluice.hook.unlearn.UnlearnRule.Below;
import dev.sluice.hook.unlearn.UnlearnRule.Semantic;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import dev.sluice.token.Nearest;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Compiles {@code spec.unlearn}: forget sets whose answers must not be given. */
final class UnlearnSpecCompiler implements SpecCompiler {
    private static final double DEFAULT_SIMILARITY = 0.75;
    private static final double DEFAULT_THRESHOLD = 0.5;

    @Override
    public Compiled compile(Scope scope, YamlNode spec, Findings findings) {
        List<Rule> ids = new ArrayList<>();
        List<GuardHook> hooks = new ArrayList<>();
        boolean complete = !findings.isFaulty(spec);
        for (YamlNode item : spec instanceof Sequence sequence ? sequence.items() : List.<YamlNode>of()) {
            if (!(item instanceof Mapping mapping) || !(mapping.get("id") instanceof Text id)) {
                continue;
            }
            boolean first = ids.stream().noneMatch(rule -> rule.id().equals(id.value()));
            ids.add(new Rule(id.value(), false, id.span()));
            if (first && !isText(mapping, "semantic")) {
                ids.add(new Rule(UnlearnRule.semanticId(id.value()), true, id.span()));
            }
            UnlearnRule rule = findings.isFaulty(mapping) ? null : rule(scope, id.value(), mapping, findings);
            complete &= rule != null;
            if (rule != null) {
                hooks.add(new UnlearnHook(rule, scope.resources().encoder()));
            }
        }
        return new Compiled(complete ? List.copyOf(hooks) : List.of(), List.of(), null, ids);
    }

    private static boolean isText(Mapping mapping, String key) {
        return mapping.get(key) instanceof Text;
    }

    /**
     * What is to be forgotten.
     *
     * @param router flags prompts, or null
     * @param similarity flags prompts too
     */
    private record Source(ForgetIndex index, @Nullable Router router, double similarity) {}

    private static @Nullable UnlearnRule rule(Scope scope, String id, Mapping mapping, Findings findings) {
        Source source = mapping.get("classifier") instanceof Text name
                ? classifier(scope, name, isText(mapping, "router"), findings)
                : files(scope, mapping, findings);
        if (source == null) {
            return null;
        }
        double answers = number(mapping, "answers", 1);
        boolean exclude = !(mapping.get("exclude-prompt-words") instanceof Literal literal)
                || !Boolean.FALSE.equals(literal.value());
        double ratio = mapping.get("hard") instanceof Mapping hard ? number(hard, "ratio", 1) : 1;
        return new UnlearnRule(
                new RuleId(scope.policy(), id),
                source.index(),
                source.router(),
                number(mapping, "similarity", source.similarity()),
                (int) answers,
                exclude,
                ratio,
                semantic(mapping),
                scope.open());
    }

    private static @Nullable Semantic semantic(Mapping mapping) {
        if (isText(mapping, "semantic")) {
            return null;
        }
        String preset = mapping.text("preset");
        Mapping stated = mapping.get("semantic") instanceof Mapping given ? given : null;
        String below = stated == null ? null : stated.text("below");
        String chosen = below != null ? below : preset != null ? preset : "mask";
        return new Semantic(
                stated == null ? DEFAULT_THRESHOLD : number(stated, "threshold", DEFAULT_THRESHOLD),
                Below.valueOf(chosen.toUpperCase(Locale.ROOT)));
    }

    private static double number(Mapping mapping, String key, double otherwise) {
        return mapping.get(key) instanceof Literal literal && literal.value() instanceof BigDecimal number
                ? number.doubleValue()
                : otherwise;
    }

    private static @Nullable Source classifier(Scope scope, Text name, boolean unrouted, Findings findings) {
        Path location = scope.resources().classifiers();
        try {
            RouterFolder folder = RouterFolder.load(location.resolve(name.value()));
            folder.hashes().forEach(scope.inputs());
            return unrouted
                    ? new Source(folder.index(), null, folder.similarityAlone())
                    : new Source(folder.index(), folder.router(), folder.similarity());
        } catch (ClassifierException e) {
            boolean missing = e.code() == ClassifierException.Code.MISSING;
            findings.error(
                    name.span(),
                    e.code().toString(),
                    String.valueOf(e.getMessage()),
                    missing ? Nearest.to(name.value(), Classifier.names(location)) : null);
            return null;
        }
    }

    private static @Nullable Source files(Scope scope, Mapping mapping, Findings findings) {
        List<ForgetEntry> forget = read(scope, mapping, "forget", findings);
        List<ForgetEntry> retain = read(scope, mapping, "retain", findings);
        if (forget == null || retain == null) {
            return null;
        }
        DocumentFrequencies kept = retain.isEmpty() ? DocumentFrequencies.NONE : DocumentFrequencies.of(retain);
        return new Source(ForgetIndex.of(forget, kept), null, DEFAULT_SIMILARITY);
    }

    /** The records of the file that a key names, none where there is no key, or null where it cannot be used. */
    private static @Nullable List<ForgetEntry> read(Scope scope, Mapping mapping, String key, Findings findings) {
        if (!(mapping.get(key) instanceof Text path)) {
            return List.of();
        }
        try {
            List<ForgetEntry> entries =
                    ForgetFile.read(Path.of(path.span().source().name()).resolveSibling(path.value()));
            scope.inputs().accept(ForgetFile.digest(entries));
            return entries;
        } catch (ForgetFileException e) {
            findings.error(path.span(), e.code(), String.valueOf(e.getMessage()));
            return null;
        }
    }
}
