package dev.sluice.server.bench;

import java.nio.file.Path;

/**
 * Another engine to measure beside ours, in the same process and on the same file. Found by {@link
 * java.util.ServiceLoader}; built by a Maven profile of its own.
 */
public interface PeerEngine {
    /** What it is and which version, for people. */
    String name();

    /**
     * Loads a model.
     *
     * @param file the model file
     * @param threads threads of a pass
     * @param streams answers that may be decoded together
     * @param context tokens that each of them may hold
     */
    Loaded open(Path file, int threads, int streams, int context);

    /** A loaded model. Has one owner, who closes it. */
    interface Loaded extends AutoCloseable {
        /**
         * Answers a prompt greedily and waits for the end. From as many threads as there are streams.
         *
         * @param prompt text, control tokens by their names
         * @param maxTokens most tokens of the answer
         * @param reusePrefix whether what the last prompt had in common with this one need not be computed again
         */
        Answer answer(String prompt, int maxTokens, boolean reusePrefix);

        @Override
        void close();
    }

    /**
     * An answer.
     *
     * @param tokens number of its tokens
     * @param firstSeconds from the request to the first token
     * @param seconds from the request to the end
     */
    record Answer(int tokens, double firstSeconds, double seconds) {}
}
