package dev.sluice.spring;

import dev.sluice.engine.EngineException;
import dev.sluice.engine.EngineException.Code;
import dev.sluice.engine.PersonaPrompt;
import dev.sluice.hook.persona.Persona;
import dev.sluice.policy.PolicySet;
import dev.sluice.policy.PolicySet.Applied;
import dev.sluice.token.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the lanes of a conversation that personas judge: the same messages, with each persona's instructions. */
final class PersonaLanes {
    private PersonaLanes() {}

    /**
     * The personas that apply to a request, or null if none do.
     *
     * @param named names of policies from the request
     * @throws EngineException if those of two policies apply
     */
    static @Nullable Persona applying(PolicySet policies, Set<String> named) {
        List<Applied> with = policies.resolve(named).stream()
                .filter(applied -> !applied.shadow() && applied.policy().persona() != null)
                .toList();
        if (with.size() > 1) {
            throw new EngineException(
                    Code.INVALID_VALUE,
                    "sluice.policies",
                    "the personas of one policy judge a request, but policies "
                            + with.get(0).policy().name() + " and "
                            + with.get(1).policy().name() + " both have some; name one of them");
        }
        return with.isEmpty() ? null : with.get(0).policy().persona();
    }

    /**
     * The lanes.
     *
     * @param weights that the request gives, by persona
     * @param serving encodes conversations
     * @throws EngineException if the policy does not allow the weights, or a prompt is too long
     */
    static PersonaPrompt of(Persona persona, List<ChatMessage> messages, Map<String, Double> weights, Serving serving) {
        List<PersonaPrompt.Lane> lanes = new ArrayList<>();
        shares(persona, weights)
                .forEach((lane, share) -> lanes.add(new PersonaPrompt.Lane(
                        lane.name(), share, serving.encode(instructed(messages, lane.system())))));
        return new PersonaPrompt(persona.mode(), lanes);
    }

    private static Map<Persona.Lane, Double> shares(Persona persona, Map<String, Double> weights) {
        try {
            return persona.shares(weights);
        } catch (IllegalArgumentException e) {
            throw new EngineException(Code.INVALID_VALUE, "sluice.persona", String.valueOf(e.getMessage()));
        }
    }

    /** The messages with instructions behind those of the first system message, or as such a message. */
    private static List<ChatMessage> instructed(List<ChatMessage> messages, String instructions) {
        List<ChatMessage> all = new ArrayList<>(messages);
        if (!all.isEmpty() && all.get(0).role().equals("system")) {
            all.set(0, new ChatMessage("system", all.get(0).content() + "\n\n" + instructions));
        } else {
            all.add(0, new ChatMessage("system", instructions));
        }
        return all;
    }
}
