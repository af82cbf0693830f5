package dev.sluice.draft;

/**
 * Looks for earlier occurrences of the latest tokens in prompt and answer, and claims what followed there.
 *
 * <p>Keeps a {@link SuffixAutomaton} of the context; after the context went back it is built anew, about a tenth of a
 * millisecond a thousand tokens. After Saxena 2023, "Prompt lookup decoding", and Oliaro et al. 2024, "SuffixDecoding".
 */
final class PromptLookup implements Proposer {
    private final AutomatonWalk walk = new AutomatonWalk();
    private final SuffixAutomaton automaton = new SuffixAutomaton(512);
    private int truncations;

    @Override
    public String name() {
        return Drafters.PROMPT_LOOKUP;
    }

    @Override
    public long root(TokenSequence context) {
        if (context.truncations() != truncations) {
            truncations = context.truncations();
            automaton.clear();
        }
        for (int at = automaton.size(); at < context.length(); at++) {
            automaton.append(context.get(at));
        }
        int state = automaton.repeated();
        return AutomatonWalk.place(state, automaton.length(state));
    }

    @Override
    public long after(long place, int token) {
        return AutomatonWalk.after(automaton, place, token);
    }

    @Override
    public void claim(long place, Claims claims) {
        walk.claim(automaton, place, 1, claims);
    }

    @Override
    public void observe(int[] tokens, Successors[] successors) {}

    @Override
    public void finish(TokenSequence context) {}
}
