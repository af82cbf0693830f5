package dev.sluice.testkit;

import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.ProgressPrinter;
import java.nio.file.Path;

/** The default sentence encoder, for tests tagged {@code model}: fetched through the store into its usual home, once a JVM. */
public final class TestEncoder {
    private TestEncoder() {}

    private static final class Fetched {
        static final Path PATH = new ModelStore(
                        ModelStore.defaultHome(), System::getenv, ProgressPrinter.onStandardError(false))
                .fetch(ModelSource.parse(ModelSource.DEFAULT_ENCODER))
                .path();
    }

    /** The path of its folder. */
    public static Path path() {
        return Fetched.PATH;
    }
}
