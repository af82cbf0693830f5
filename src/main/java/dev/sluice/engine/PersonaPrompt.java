package dev.sluice.engine;

import dev.sluice.hook.persona.Persona;
import java.util.List;

/**
 * The lanes of a request whose tokens several personas judge.
 *
 * @param mode how their probabilities make one
 * @param lanes at least one; the first one's tokens are the request's prompt
 */
public record PersonaPrompt(Persona.Mode mode, List<Lane> lanes) {
    /**
     * One lane.
     *
     * @param name of its persona
     * @param share of its persona; 1 in all
     * @param tokens its prompt
     */
    public record Lane(String name, double share, int[] tokens) {}

    /** Copies the list. */
    public PersonaPrompt {
        lanes = List.copyOf(lanes);
    }

    /** The shares of the lanes, in order. */
    double[] shares() {
        return lanes.stream().mapToDouble(Lane::share).toArray();
    }
}
