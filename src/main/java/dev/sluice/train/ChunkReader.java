package dev.sluice.train;

import dev.sluice.model.CausalModel;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Reads a text into a lane, as many tokens a pass as the model takes. One thread; model and lane are lent. */
final class ChunkReader {
    private ChunkReader() {}

    /** Sees each pass before its tokens are committed. */
    @FunctionalInterface
    interface Seen {
        /**
         * One pass.
         *
         * @param pass its rows, one a token from {@code first} on, perhaps none
         * @param first position of the first row
         * @param path what is about to be committed, as for {@link ModelSession#commit}
         */
        void pass(Pass pass, int first, int[] path);
    }

    /**
     * Reads what the lane lacks of a text, for which it has reserved the room, and commits it.
     *
     * @param tokens the text, from the lane's committed tokens on
     * @param firstRow position from which on rows are wanted
     */
    static void read(CausalModel model, ModelSession session, int[] tokens, int firstRow, Seen seen) {
        while (session.length() < tokens.length) {
            int from = session.length();
            int[] chunk = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + model.maxSegment()));
            int first = Math.max(0, Math.min(chunk.length, firstRow - from));
            int[] path = IntStream.range(0, chunk.length).toArray();
            try (Pass pass = model.forward(List.of(Segment.chain(session, chunk, first)))) {
                seen.pass(pass, from + first, path);
                session.commit(path);
            }
        }
    }
}
