package dev.sluice.draft;

/** Looks for the latest tokens in the tenant's earlier answers, and claims what followed there. */
final class AnswerLookup implements Proposer {
    /** Tokens of a context that a match can be made of when it is sought anew. */
    private static final int SIGHT = 48;

    /** One token says too little about another answer. */
    private static final int SHORTEST = 2;

    private final AutomatonWalk walk = new AutomatonWalk();
    private final AnswerStore store;
    private final int promptLength;
    private int epoch = -1;
    private int truncations;
    private int read;
    private long place;

    /**
     * Looks up and, when the answer is complete, adds to a store that others may use too, on the same thread.
     *
     * @param promptLength tokens of the context that are no answer
     */
    AnswerLookup(AnswerStore store, int promptLength) {
        this.store = store;
        this.promptLength = promptLength;
    }

    @Override
    public String name() {
        return Drafters.PROMPT_LOOKUP;
    }

    @Override
    public long root(TokenSequence context) {
        if (epoch != store.epoch() || truncations != context.truncations()) {
            epoch = store.epoch();
            truncations = context.truncations();
            read = Math.max(0, context.length() - SIGHT);
            place = AutomatonWalk.place(0, 0);
        }
        place = AutomatonWalk.settled(store.automaton(), place);
        while (read < context.length()) {
            place = AutomatonWalk.after(store.automaton(), place, context.get(read++));
        }
        return place;
    }

    @Override
    public long after(long at, int token) {
        return AutomatonWalk.after(store.automaton(), at, token);
    }

    @Override
    public void claim(long at, Claims claims) {
        walk.claim(store.automaton(), at, SHORTEST, claims);
    }

    @Override
    public void observe(int[] tokens, Successors[] successors) {}

    @Override
    public void finish(TokenSequence context) {
        store.add(context, promptLength);
    }
}
