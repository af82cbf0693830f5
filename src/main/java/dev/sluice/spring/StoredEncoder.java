package dev.sluice.spring;

import dev.sluice.model.CachedEncoder;
import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.store.TransferProgress;
import dev.sluice.model.torch.TorchSentenceEncoder;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sentence encoder that the settings name, fetched and loaded when it is first asked for: an application whose policies
 * need none never has it. Thread-safe; owns the encoder.
 */
public final class StoredEncoder implements Supplier<CachedEncoder>, AutoCloseable {
    /** Texts whose vectors are remembered: 27 MB where a vector has 384 numbers. */
    private static final int REMEMBERED = 1 << 14;

    private final ModelStore store;
    private final ModelSource source;
    private final String device;
    private final Path home;
    private final TransferProgress progress;
    private @Nullable CachedEncoder loaded;
    private boolean closed;

    /**
     * Reads the settings, and loads nothing.
     *
     * @param store fetches and keeps the folder
     * @param progress hears of the transfer
     * @throws dev.sluice.model.store.ModelStoreException if the source is none
     */
    public StoredEncoder(ModelStore store, SluiceProperties properties, TransferProgress progress) {
        this.store = store;
        this.source = sourceOf(properties.encoder());
        this.device = properties.model().device();
        this.home = properties.homeDirectory();
        this.progress = progress;
    }

    private static ModelSource sourceOf(SluiceProperties.Encoder encoder) {
        String text = encoder.source() == null ? ModelSource.DEFAULT_ENCODER : encoder.source();
        return ModelFiles.sourceOf("sluice.encoder.source", text, encoder.sha256());
    }

    /**
     * The encoder, with vectors remembered for all that share it; the first call may take minutes, when it is downloaded,
     * and others wait for it. A call that failed is made good by the next.
     *
     * @throws dev.sluice.model.store.ModelStoreException if it cannot be had
     * @throws dev.sluice.model.ModelFileException if it cannot be used
     * @throws IllegalStateException after {@link #close}
     */
    @Override
    public synchronized CachedEncoder get() {
        if (closed) {
            throw new IllegalStateException("the sentence encoder is closed with its application");
        }
        if (loaded == null) {
            Path folder = store.fetch(source).path();
            loaded = new CachedEncoder(TorchSentenceEncoder.load(folder, device, home, this::report), REMEMBERED);
        }
        return loaded;
    }

    private void report(String phase, long done, long total) {
        if (phase.equals("fingerprint")) {
            progress.report(new TransferProgress.Step("checking the sentence encoder", done, total, 0, done >= total));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (loaded != null) {
            loaded.close();
        }
    }
}
