package dev.sluice.hook.constrain.regular;

/**
 * A deterministic automaton over bytes, whose states are numbered as they are met. Thread-safe; compared by identity.
 */
public interface Dfa {
    /** The step to nowhere: no accepted text goes on like this. */
    int DEAD = -1;

    /** The first state. */
    int start();

    /**
     * The state behind a byte, or {@link #DEAD} if no accepted text goes on with it.
     *
     * @param state a state of this automaton
     * @param next the byte, 0 to 255
     */
    int step(int state, int next);

    /** Whether a text that leads to the state is accepted. */
    boolean accepts(int state);
}
