package dev.sluice.policy;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import dev.sluice.token.Nearest;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles {@code spec.align}: heads that accept or reject candidates. */
final class AlignSpecCompiler implements SpecCompiler {
    private static final int DEFAULT_TOP_K = 40;
    private static final double DEFAULT_TOP_P = 0.95;

    private final Path classifiers;

    /** Compiles rules whose heads are sub-folders of a folder. */
    AlignSpecCompiler(Path classifiers) {
        this.classifiers = classifiers;
    }

    @Override
    public Compiled compile(Scope scope, YamlNode spec, Findings findings) {
        List<Rule> ids = new ArrayList<>();
        List<AcceptanceHead> heads = new ArrayList<>();
        boolean sound = true;
        for (YamlNode item : spec instanceof Sequence sequence ? sequence.items() : List.<YamlNode>of()) {
            if (item instanceof Mapping mapping && mapping.get("id") instanceof Text id) {
                ids.add(new Rule(id.value(), true, id.span()));
                AcceptanceHead head = findings.isFaulty(mapping)
                        ? null
                        : head(new RuleId(scope.policy(), id.value()), scope, mapping, findings);
                if (head != null) {
                    heads.add(head);
                    continue;
                }
            }
            sound = false;
        }
        return Compiled.of(sound ? heads : List.of(), ids);
    }

    private @Nullable AcceptanceHead head(RuleId rule, Scope scope, Mapping mapping, Findings findings) {
        Text name = (Text) mapping.get("head");
        if (name == null) {
            return null;
        }
        List<String> known = Classifier.names(classifiers);
        if (!known.contains(name.value())) {
            findings.error(
                    name.span(),
                    "policy.unknown-head",
                    "no classifier named \"%s\" is in the folder %s; train it, or set sluice.classifiers.location"
                            .formatted(name.value(), classifiers),
                    Nearest.to(name.value(), known));
            return null;
        }
        try {
            Mapping candidates = mapping.get("candidates") instanceof Mapping given ? given : null;
            BigDecimal topK = candidates == null ? null : number(candidates, "top-k");
            BigDecimal topP = candidates == null ? null : number(candidates, "top-p");
            BigDecimal threshold = number(mapping, "threshold");
            Classifier classifier = Classifier.load(classifiers.resolve(name.value()));
            classifier.manifest().files().values().forEach(scope.inputs());
            AcceptanceHead head = AcceptanceHead.of(
                    rule,
                    classifier,
                    topK == null ? DEFAULT_TOP_K : topK.intValueExact(),
                    topP == null ? DEFAULT_TOP_P : topP.doubleValue(),
                    "last".equals(mapping.text("fallback")) ? Fallback.LAST : Fallback.FIRST,
                    "score".equals(mapping.text("order")),
                    threshold == null ? null : threshold.doubleValue());
            return scope.open() ? head.opened() : head;
        } catch (ClassifierException e) {
            findings.error(name.span(), e.code().toString(), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static @Nullable BigDecimal number(Mapping mapping, String key) {
        return mapping.get(key) instanceof Literal literal && literal.value() instanceof BigDecimal number
                ? number
                : null;
    }
}
