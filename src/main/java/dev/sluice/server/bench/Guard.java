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
 * The policy of the guarded modes: a thousand phrase rules, folded and rewinding, and a pattern. The phrases begin with
 * common words, so that matches are alive much of the time, and go on so that few complete.
 */
final class Guard {
    /** Its name; it applies where a request names it. */
    static final String POLICY = "bench";

    private static final List<String> BEGINNINGS = List.of(
            "the secret",
            "a hidden",
            "in the quiet",
            "this is the",
            "you can find",
            "we will meet",
            "there is a",
            "it was the",
            "for the last",
            "to be the",
            "one of the",
            "the new",
            "my old",
            "an open",
            "at the far",
            "with a small",
            "from the third",
            "and then the",
            "as the first",
            "by the old",
            "of the lost",
            "on a cold",
            "some of the",
            "all of their",
            "when the last");
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
    static PolicySet policies() {
        List<PhraseRule> rules = new ArrayList<>();
        for (String beginning : BEGINNINGS) {
            for (String ending : ENDINGS) {
                rules.add(rule("phrase-" + rules.size(), List.of(beginning + " " + ending), null));
            }
        }
        rules.add(rule("card", List.of(), "\\b(?:\\d[ -]?){15}\\d\\b"));
        PhraseHook hook = PhraseHook.compile(rules);
        Policy policy = new Policy(POLICY, "what bench guards with", List.of(hook), List.of(), hook.holdBack());
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
