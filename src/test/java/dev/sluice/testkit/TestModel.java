package dev.sluice.testkit;

import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.ProgressPrinter;
import java.nio.file.Path;

/**
 * The default model, for tests tagged {@code model}: fetched through the store into its usual home, once a JVM.
 *
 * <p>The system property {@code sluice.test.model} names a file to use instead.
 */
public final class TestModel {
    private TestModel() {}

    private static final class Fetched {
        static final Path PATH = new ModelStore(
                        ModelStore.defaultHome(), System::getenv, ProgressPrinter.onStandardError(false))
                .fetch(ModelSource.parse(ModelSource.DEFAULT))
                .path();
    }

    /** The path of the model file. */
    public static Path path() {
        String chosen = System.getProperty("sluice.test.model");
        return chosen == null || chosen.isBlank() ? Fetched.PATH : Path.of(chosen);
    }
}
