package dev.sluice.spring;

import dev.sluice.draft.SuccessorFile;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.model.ModelDescription;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The table that ships for Token Recycling to begin with: made from text that the default model wrote. */
final class WarmTable {
    private static final String RESOURCE = "/dev/sluice/classifiers/token-recycling/successors.bin";

    private WarmTable() {}

    /** The table that ships where it was made with the same model; an empty one otherwise. */
    static SuccessorTable of(ModelDescription model, int vocabularySize) {
        try (InputStream in = WarmTable.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + RESOURCE + ": build it anew");
            }
            return SuccessorFile.read(in, model.fingerprint(), vocabularySize);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + RESOURCE + ", which ships with Sluice", e);
        }
    }
}
