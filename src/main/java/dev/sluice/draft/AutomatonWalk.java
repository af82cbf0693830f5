package dev.sluice.draft;

/**
 * Reads continuations from a {@link SuffixAutomaton}: where a context stands in it, and what followed there.
 *
 * <p>A place packs the length of the match and the state. Claims blend the longest match with shorter ones: a match
 * claims what it has seen follow, by frequency, as far as its length and its number of occurrences deserve trust, and
 * shorter matches share the rest. Among equally frequent continuations the latest comes first. One thread.
 */
final class AutomatonWalk {
    /** Longest match told apart in calibration. */
    private static final int LONGEST = 10;

    private static final int LEVELS = 4;
    private static final int RANKS = 3;
    private static final int MOST_CONTINUATIONS = 64;

    /** By length of a match, the occurrences that would make it worth an even bet. */
    private static final double[] DOUBT = {8, 4, 1.5, 0.8, 0.5, 0.35, 0.25, 0.2, 0.15, 0.12, 0.1};

    /** What the latest continuation counts beyond the others. */
    private static final double RECENT = 0.7;

    private final int[] best = new int[Claims.MOST];
    private final double[] weights = new double[Claims.MOST];

    /** A place: a match of so many tokens, in a state. */
    static long place(int state, int match) {
        return (long) match << 32 | state;
    }

    /** Length of the match at a place. */
    static int match(long place) {
        return (int) (place >>> 32);
    }

    /** State of a place. */
    static int state(long place) {
        return (int) place;
    }

    /** The place behind one more token: of the longest suffix that occurs. */
    static long after(SuffixAutomaton automaton, long place, int token) {
        int state = state(place);
        int match = match(place);
        while (state != SuffixAutomaton.NONE) {
            int next = automaton.after(state, token);
            if (next != SuffixAutomaton.NONE) {
                return place(next, match + 1);
            }
            state = automaton.shorter(state);
            match = state == SuffixAutomaton.NONE ? 0 : automaton.length(state);
        }
        return place(0, 0);
    }

    /** The same place after the automaton has grown: states may have been split. */
    static long settled(SuffixAutomaton automaton, long place) {
        int state = state(place);
        int match = match(place);
        while (state > 0 && match <= automaton.length(automaton.shorter(state))) {
            state = automaton.shorter(state);
        }
        return place(state, match);
    }

    /** Claims what followed the match at a place, and its suffixes of at least {@code shortest} tokens. */
    void claim(SuffixAutomaton automaton, long place, int shortest, Claims claims) {
        int state = state(place);
        int match = match(place);
        double rest = 1;
        for (int level = 0; level < LEVELS && state > 0 && match >= shortest && rest > 0.05; level++) {
            rest -= level(automaton, state, match, rest, claims);
            state = automaton.shorter(state);
            match = automaton.length(state);
        }
    }

    /** Claims the continuations of one match out of what is left; returns what it took. */
    private double level(SuffixAutomaton automaton, int state, int match, double rest, Claims claims) {
        int found = 0;
        int seen = 0;
        double total = 0;
        double occurrences = 0;
        int latest = 0;
        for (int edge = automaton.firstContinuation(state);
                edge != SuffixAutomaton.NONE && seen < MOST_CONTINUATIONS;
                edge = automaton.nextContinuation(edge), seen++) {
            latest = Math.max(latest, automaton.latest(automaton.target(edge)));
        }
        seen = 0;
        for (int edge = automaton.firstContinuation(state);
                edge != SuffixAutomaton.NONE && seen < MOST_CONTINUATIONS;
                edge = automaton.nextContinuation(edge), seen++) {
            if (automaton.token(edge) < 0) {
                continue;
            }
            int target = automaton.target(edge);
            double weight = automaton.count(target) + (automaton.latest(target) == latest ? RECENT : 0);
            occurrences += automaton.count(target);
            total += weight;
            found = insert(found, edge, weight);
        }
        if (total == 0) {
            return 0;
        }
        double trust = rest * occurrences / (occurrences + DOUBT[Math.min(match, LONGEST)]);
        for (int rank = 0; rank < found; rank++) {
            int token = automaton.token(best[rank]);
            double estimate = trust * weights[rank] / total;
            int known = claims.indexOf(token);
            if (known >= 0) {
                claims.estimates[known] += estimate;
            } else {
                claims.add(token, estimate, kind(match, rank));
            }
        }
        return trust;
    }

    private static int kind(int match, int rank) {
        return Math.min(match, LONGEST) * RANKS + Math.min(rank, RANKS - 1);
    }

    /** Keeps the heaviest edges in order. */
    private int insert(int found, int edge, double weight) {
        int at = found;
        while (at > 0 && weights[at - 1] < weight) {
            at--;
        }
        if (at == best.length) {
            return found;
        }
        int end = Math.min(found, best.length - 1);
        System.arraycopy(best, at, best, at + 1, end - at);
        System.arraycopy(weights, at, weights, at + 1, end - at);
        best[at] = edge;
        weights[at] = weight;
        return end + 1;
    }
}
