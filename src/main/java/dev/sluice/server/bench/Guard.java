package dev.sluice.server.bench;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The policy of the guarded modes: a thousand phrase rules, folded and rewinding, and a pattern. The phrases are code
 * names of two words: some match is alive wherever an answer has a word that may become the first of one.
 */
public final class Guard {
    /** Its name; it applies where a request names it. */
    public static final String POLICY = "bench";

    private static final List<String> BEGINNINGS = List.of(
            "amber",
            "brisk",
            "cobalt",
            "distant",
            "emerald",
            "frozen",
            "gentle",
            "hidden",
            "iron",
            "jade",
            "keen",
            "lively",
            "marble",
            "northern",
            "open",
            "project",
            "quiet",
            "rapid",
            "silver",
            "tidal",
            "upper",
            "velvet",
            "western",
            "yellow",
            "as the first");
    private static final List<String> ENDINGS = List.of(
            "nightjar",
            "harbour",
            "lantern",
            "orchard",
            "viaduct",
            "compass",
            "meridian",
            "foundry",
            "glacier",
            "juniper",
            "kestrel",
            "labyrinth",
            "mosaic",
            "nocturne",
            "obelisk",
            "parapet",
            "quarry",
            "rampart",
            "sextant",
            "tessera",
            "umbra",
            "vestibule",
            "windlass",
            "xylem",
            "yardarm",
            "zephyr",
            "almanac",
            "bastion",
            "citadel",
            "dynamo",
            "estuary",
            "fulcrum",
            "gargoyle",
            "halyard",
            "isthmus",
            "jetty",
            "kiln",
            "lathe",
            "mangrove",
            "narthex");

    private Guard() {}

    /** Number of its rules. */
    static int rules() {
        return BEGINNINGS.size() * ENDINGS.size() + 1;
    }

    /** The policies of a bench; without a binding. */
    public static PolicySet policies() {
        List<PhraseRule> rules = new ArrayList<>();
        for (String beginning : BEGINNINGS) {
            for (String ending : ENDINGS) {
                rules.add(rule("phrase-" + rules.size(), List.of(beginning + " " + ending), null));
            }
        }
        rules.add(rule("card", List.of(), "\\b(?:\\d[ -]?){15}\\d\\b"));
        PhraseHook hook = PhraseHook.compile(rules);
        Policy policy = new Policy(
                POLICY, "what bench guards with", List.of(hook), List.of(), null, List.of(), hook.holdBack());
        return new PolicySet(POLICY, Map.of(POLICY, policy), List.of());
    }

    private static PhraseRule rule(String id, List<String> ban, @Nullable String pattern) {
        return new PhraseRule(
                new RuleId(POLICY, id),
                ban,
                pattern,
                PhraseRule.Match.FOLDED,
                PhraseRule.OnMatch.REWIND,
                false,
                null,
                64);
    }
}
