package dev.sluice.policy;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.persona.Persona;
import dev.sluice.hook.persona.Persona.Mode;
import dev.sluice.policy.YamlNode.Literal;
import dev.sluice.policy.YamlNode.Mapping;
import dev.sluice.policy.YamlNode.Sequence;
import dev.sluice.policy.YamlNode.Text;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compiles {@code spec.persona}: personas that judge each token together. */
final class PersonaSpecCompiler implements SpecCompiler {
    private static final double MOST_WEIGHT = 1_000_000;

    @Override
    public Compiled compile(Scope scope, YamlNode spec, Findings findings) {
        List<Rule> ids = new ArrayList<>();
        Persona persona = null;
        for (YamlNode item : spec instanceof Sequence sequence ? sequence.items() : List.<YamlNode>of()) {
            if (item instanceof Mapping mapping && mapping.get("id") instanceof Text id) {
                ids.add(new Rule(id.value(), false, id.span()));
                if (!findings.isFaulty(mapping)) {
                    persona = persona(new RuleId(scope.policy(), id.value()), mapping, findings);
                }
            }
        }
        return Compiled.of(persona, ids);
    }

    private static @Nullable Persona persona(RuleId rule, Mapping mapping, Findings findings) {
        String wanted = mapping.text("mode");
        Mode mode = wanted == null ? Mode.MIXTURE : Mode.valueOf(wanted.toUpperCase(Locale.ROOT));
        List<YamlNode> items = mapping.list("lanes");
        if (mode == Mode.RELEASE && items.size() != 2) {
            findings.error(
                    mapping.span(),
                    "persona.release-lanes",
                    "mode release simulates two personas, but has " + items.size() + "; use mode mixture");
            return null;
        }
        List<Persona.Lane> lanes = new ArrayList<>();
        Map<String, Text> names = new HashMap<>();
        boolean sound = true;
        for (YamlNode item : items) {
            Mapping lane = (Mapping) item;
            Text name = (Text) Objects.requireNonNull(lane.get("name"), "the schema asks for it");
            Text first = names.putIfAbsent(name.value(), name);
            if (first != null) {
                findings.error(
                        name.span(),
                        "persona.duplicate-lane",
                        "a persona named \"%s\" stands at %s already; names are unique within a rule"
                                .formatted(name.value(), first.span().place()));
                sound = false;
            }
            Persona.Lane compiled = lane(name.value(), lane, mode, findings);
            sound &= compiled != null;
            if (compiled != null) {
                lanes.add(compiled);
            }
        }
        if (sound && lanes.stream().allMatch(lane -> lane.weight() == 0)) {
            findings.error(
                    mapping.span(), "persona.no-weight", "all weights are 0, so no persona judges; give one some");
            sound = false;
        }
        return sound ? new Persona(rule, lanes, mode) : null;
    }

    private static Persona.@Nullable Lane lane(String name, Mapping lane, Mode mode, Findings findings) {
        if (mode == Mode.RELEASE && (lane.get("weight") != null || lane.get("weights") != null)) {
            findings.error(
                    lane.span(),
                    "persona.release-weight",
                    "mode release has weights of its own; leave weight and weights out, or use mode mixture");
            return null;
        }
        double weight = number(lane.get("weight"), 1);
        Persona.Bounds bounds = null;
        if (lane.get("weights") instanceof Mapping range) {
            bounds = new Persona.Bounds(number(range.get("min"), 0), number(range.get("max"), MOST_WEIGHT));
            if (bounds.least() > bounds.most()) {
                findings.error(range.span(), "persona.bounds", "min is greater than max; swap them");
                return null;
            }
            if (weight < bounds.least() || weight > bounds.most()) {
                findings.error(
                        range.span(),
                        "persona.bounds",
                        "the weight of the policy, " + weight + ", is outside what a request may ask for");
                return null;
            }
        }
        return new Persona.Lane(name, String.valueOf(lane.text("system")), weight, bounds);
    }

    private static double number(@Nullable YamlNode node, double absent) {
        return node instanceof Literal literal && literal.value() instanceof BigDecimal number
                ? number.doubleValue()
                : absent;
    }
}
