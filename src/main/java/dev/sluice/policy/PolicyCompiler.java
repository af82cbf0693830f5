package dev.sluice.policy;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import dev.sluice.policy.PolicySet.Binding;
import dev.sluice.policy.SpecCompiler.Compiled;
import dev.sluice.policy.SpecCompiler.Rule;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Text;
import dev.sluice.token.Nearest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Turns checked documents into policies and bindings. */
final class PolicyCompiler {
    private final Map<String, SpecCompiler> kinds;
    private final PolicyResources resources;
    private final Findings findings;
    private final List<String> inputs = new ArrayList<>();

    /** Names of policies, whether or not they compile, and where each stands. */
    private final Map<String, Span> declared = new LinkedHashMap<>();

    private final Map<String, Span> declaredBindings = new HashMap<>();
    private final Map<String, Policy> policies = new LinkedHashMap<>();
    private final Map<String, List<String>> rules = new LinkedHashMap<>();
    private final List<PlacedBinding> bindings = new ArrayList<>();

    /**
     * A compiler for one load.
     *
     * @param kinds what each key of a policy's spec compiles to, in the order in which the hooks act
     * @param resources what rules use that no policy file holds
     * @param findings takes the problems
     */
    PolicyCompiler(Map<String, SpecCompiler> kinds, PolicyResources resources, Findings findings) {
        this.kinds = kinds;
        this.resources = resources;
        this.findings = findings;
    }

    /**
     * What each key of a policy's {@code spec} compiles to, in the order in which the hooks act; heads come last. A new kind of
     * rule is one more line.
     */
    static Map<String, SpecCompiler> kinds(PolicyResources resources) {
        return ordered(
                Map.entry("phrases", new PhraseSpecCompiler()),
                Map.entry("unlearn", new UnlearnSpecCompiler()),
                Map.entry("persona", new PersonaSpecCompiler()),
                Map.entry("align", new AlignSpecCompiler(resources.classifiers())));
    }

    /**
     * A binding with the places of the policies it names.
     *
     * @param binding the binding
     * @param places by name
     */
    private record PlacedBinding(Binding binding, Map<String, Span> places) {}

    /**
     * What the documents say.
     *
     * @param policies by name, in file order
     * @param rules ids of each policy's rules, by its name
     * @param bindings in file order
     * @param inputs digests of the other files that were read
     */
    record Documents(
            Map<String, Policy> policies,
            Map<String, List<String>> rules,
            List<Binding> bindings,
            List<String> inputs) {}

    /** Compiles all documents of a folder, in file order, and reports everything that is wrong with them. */
    Documents compile(List<YamlDocument> documents) {
        List<Mapping> roots = new ArrayList<>();
        for (YamlDocument document : documents) {
            if (document.root() instanceof Mapping root) {
                roots.add(root);
                declare(root);
            }
        }
        roots.stream().filter(root -> "Policy".equals(root.text("kind"))).forEach(this::policy);
        roots.stream().filter(root -> "Binding".equals(root.text("kind"))).forEach(root -> binding(root, documents));
        remarkOnBindings();
        return new Documents(
                policies, rules, bindings.stream().map(PlacedBinding::binding).toList(), List.copyOf(inputs));
    }

    /** Notes the document's name; documents of an unknown kind count as policies, lest bindings to them fail too. */
    private void declare(Mapping root) {
        if (!(root.get("metadata") instanceof Mapping metadata) || !(metadata.get("name") instanceof Text name)) {
            return;
        }
        boolean binding = "Binding".equals(root.text("kind"));
        Span first = (binding ? declaredBindings : declared).putIfAbsent(name.value(), name.span());
        if (first != null) {
            findings.error(
                    name.span(),
                    "policy.duplicate-name",
                    "a %s named \"%s\" stands at %s already; rename one of them"
                            .formatted(binding ? "binding" : "policy", name.value(), first.place()));
            findings.markFaulty(root);
        }
    }

    private void policy(Mapping root) {
        if (!(root.get("spec") instanceof Mapping spec) || !(root.get("metadata") instanceof Mapping metadata)) {
            return;
        }
        String given = metadata.text("name");
        String name = given == null ? "" : given;
        SpecCompiler.Scope scope =
                new SpecCompiler.Scope(name, "open".equals(spec.text("on-failure")), resources, inputs::add);
        List<GuardHook> hooks = new ArrayList<>();
        List<AcceptanceHead> heads = new ArrayList<>();
        Map<String, Rule> byId = new LinkedHashMap<>();
        Persona persona = null;
        boolean complete = true;
        for (Map.Entry<String, SpecCompiler> kind : kinds.entrySet()) {
            YamlNode value = spec.get(kind.getKey());
            if (value == null) {
                continue;
            }
            Compiled compiled = kind.getValue().compile(scope, value, findings);
            compiled.rules().forEach(rule -> addRule(byId, rule));
            heads.addAll(compiled.heads());
            hooks.addAll(compiled.hooks());
            complete &= compiled.isSound();
            persona = compiled.persona() != null ? compiled.persona() : persona;
        }
        if (complete && hooks.isEmpty() && heads.isEmpty() && persona == null && !findings.isFaulty(spec)) {
            findings.warn(SchemaCheck.spanOf(spec), "policy.no-rules", "the policy has no rules and enforces nothing");
        }
        List<String> relaxed = relaxed(spec, byId);
        if (complete && !findings.isFaulty(root)) {
            int holdBack = hooks.stream().mapToInt(GuardHook::holdBack).max().orElse(0);
            String description = metadata.text("description");
            policies.put(
                    name,
                    new Policy(
                            name,
                            description == null ? "" : description,
                            List.copyOf(hooks),
                            List.copyOf(heads),
                            persona,
                            relaxed,
                            holdBack));
            rules.put(name, List.copyOf(byId.keySet()));
        }
    }

    private void addRule(Map<String, Rule> byId, Rule rule) {
        Rule first = byId.putIfAbsent(rule.id(), rule);
        if (first != null) {
            findings.error(
                    rule.where(),
                    "policy.duplicate-rule",
                    "a rule with the id \"%s\" stands at %s already; ids are unique within a policy"
                            .formatted(rule.id(), first.where().place()));
        }
    }

    private List<String> relaxed(Mapping spec, Map<String, Rule> byId) {
        List<String> relaxed = new ArrayList<>();
        List<YamlNode> items =
                spec.get("on-dead-end") instanceof Mapping deadEnd ? deadEnd.list("relax") : List.<YamlNode>of();
        for (YamlNode item : items) {
            if (findings.isFaulty(item) || !(item instanceof Text text)) {
                continue;
            }
            String id = text.value();
            Rule rule = byId.get(id);
            if (rule == null) {
                findings.error(
                        item.span(),
                        "policy.unknown-rule",
                        "relax names \"%s\", but the policy has no rule with that id".formatted(id),
                        Nearest.to(id, byId.keySet()));
            } else if (!rule.soft()) {
                findings.error(
                        item.span(),
                        "policy.not-relaxable",
                        "relax names \"%s\", a hard rule; only soft rules may be lifted, so use on-dead-end: stop"
                                .formatted(id));
            } else {
                relaxed.add(id);
            }
        }
        return List.copyOf(relaxed);
    }

    private void binding(Mapping root, List<YamlDocument> documents) {
        if (!(root.get("spec") instanceof Mapping spec)) {
            return;
        }
        Map<String, Span> places = new LinkedHashMap<>();
        for (YamlNode item : spec.list("policies")) {
            if (findings.isFaulty(item) || !(item instanceof Text text)) {
                continue;
            }
            String name = text.value();
            if (declared.containsKey(name)) {
                places.put(name, item.span());
            } else if (!isInUnreadable(name, documents)) {
                findings.error(
                        item.span(),
                        "policy.unknown-policy",
                        "no policy is named \"%s\"".formatted(name),
                        Nearest.to(name, declared.keySet()));
            }
        }
        boolean shadow = "shadow".equals(spec.text("mode"));
        String name = root.get("metadata") instanceof Mapping metadata ? metadata.text("name") : null;
        bindings.add(
                new PlacedBinding(new Binding(String.valueOf(name), List.copyOf(places.keySet()), shadow), places));
    }

    /** Whether a document that could not be read may be the one that declares the name. */
    private static boolean isInUnreadable(String name, List<YamlDocument> documents) {
        Pattern declaration = Pattern.compile("name:\\s*[\"']?" + Pattern.quote(name) + "(?![\\w-])");
        return documents.stream()
                .anyMatch(document -> document.root() == null
                        && declaration.matcher(document.text()).find());
    }

    private void remarkOnBindings() {
        Map<String, String> enforcedBy = new HashMap<>();
        for (PlacedBinding placed : bindings) {
            if (!placed.binding().shadow()) {
                placed.places()
                        .keySet()
                        .forEach(name ->
                                enforcedBy.putIfAbsent(name, placed.binding().name()));
            }
        }
        Map<String, Span> unbound = new LinkedHashMap<>(declared);
        for (PlacedBinding placed : bindings) {
            unbound.keySet().removeAll(placed.places().keySet());
            if (placed.binding().shadow()) {
                placed.places().forEach((name, where) -> {
                    Policy policy = policies.get(name);
                    if (policy != null && policy.persona() != null) {
                        findings.warn(
                                where,
                                "persona.shadow",
                                "the personas of %s are not run in shadow, so nothing is reported of them"
                                        .formatted(name));
                    }
                    if (enforcedBy.containsKey(name)) {
                        findings.warn(
                                where,
                                "policy.shadow-overruled",
                                "binding %s enforces %s, so this shadow binding has no effect on it"
                                        .formatted(enforcedBy.get(name), name));
                    }
                });
            }
        }
        unbound.forEach((name, where) -> {
            if (policies.containsKey(name)) {
                findings.remark(
                        where,
                        "policy.unbound",
                        "no binding names %s: it applies only when a request names it".formatted(name));
            }
        });
    }

    @SafeVarargs
    private static Map<String, SpecCompiler> ordered(Map.Entry<String, SpecCompiler>... entries) {
        Map<String, SpecCompiler> map = new LinkedHashMap<>();
        for (Map.Entry<String, SpecCompiler> entry : entries) {
            map.put(entry.getKey(), entry.getValue());
        }
        return map;
    }
}
