package dev.sluice.draft;

/**
 * The earlier answers of one tenant, as one {@link SuffixAutomaton}, within a bound of memory: when it is full the older
 * half is forgotten. The engine loop's thread.
 */
final class AnswerStore {
    /** Stands between two answers; no token. */
    private static final int BORDER = -1;

    /** Bytes the automaton and the text take for each token, arrays doubled. */
    private static final int BYTES_A_TOKEN = 200;

    private final int[] text;
    private final SuffixAutomaton automaton;
    private int length;
    private int epoch;
    private volatile long bytes;

    /**
     * An empty store.
     *
     * @param most memory it may take in bytes; below {@value #BYTES_A_TOKEN} nothing is kept
     */
    AnswerStore(long most) {
        text = new int[(int) Math.min(1 << 24, most / BYTES_A_TOKEN)];
        automaton = new SuffixAutomaton(16);
        bytes = 4L * text.length + automaton.bytes();
    }

    /** Keeps the tokens of a context from a position on. */
    void add(TokenSequence context, int from) {
        int more = context.length() - from + 1;
        if (more < 2 || more > text.length / 2) {
            return;
        }
        if (length + more > text.length) {
            int kept = text.length / 2;
            System.arraycopy(text, length - kept, text, 0, kept);
            automaton.clear();
            epoch++;
            for (int at = 0; at < kept; at++) {
                automaton.append(text[at]);
            }
            length = kept;
        }
        append(BORDER);
        for (int at = from; at < context.length(); at++) {
            append(context.get(at));
        }
        bytes = 4L * text.length + automaton.bytes();
    }

    private void append(int token) {
        text[length++] = token;
        automaton.append(token);
    }

    /** The answers; places in it hold until {@link #epoch} changes, but for {@link AutomatonWalk#settled}. */
    SuffixAutomaton automaton() {
        return automaton;
    }

    /** Changes whenever older answers were forgotten. */
    int epoch() {
        return epoch;
    }

    /** Bytes held. Any thread. */
    long bytes() {
        return bytes;
    }
}
