package dev.sluice.model.torch;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to run a model.
 *
 * @param name the name that requests use
 * @param precision how weights are held
 * @param device {@code cpu} or {@code cuda:n}
 * @param kvBytes most bytes that the pool of KV pages takes
 * @param maxContext most tokens of one lane; the model's own bound where that is smaller
 * @param threads threads of one operator, or null to measure once per machine
 * @param spinCount rounds that an idle worker thread spins before it sleeps, or null for the default
 * @param home folder for what is measured or unpacked once per machine
 * @param controlTokens tokens that no answer may hold; copied
 * @param adapters folders of LoRA adapters that are merged into the model, in order
 * @param layers layers that are used, from the first on; 0 for all
 */
public record TorchOptions(
        String name,
        Precision precision,
        String device,
        long kvBytes,
        int maxContext,
        @Nullable Integer threads,
        @Nullable Integer spinCount,
        Path home,
        BitSet controlTokens,
        List<Path> adapters,
        int layers) {

    /** Checks the values. */
    public TorchOptions {
        if (!device.matches("cpu|cuda:[0-9]{1,3}")) {
            throw new IllegalArgumentException("a device is cpu or cuda:0, cuda:1, …, but was given as " + device);
        }
        if (maxContext < 1 || kvBytes < 1) {
            throw new IllegalArgumentException("the context and the bytes of the KV pool must be positive, but are "
                    + maxContext + " tokens and " + kvBytes + " bytes");
        }
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new IllegalArgumentException("threads must be from 1 to 1024, but are " + threads);
        }
        if (spinCount != null && spinCount < 0) {
            throw new IllegalArgumentException("the spin count must not be negative, but is " + spinCount);
        }
        controlTokens = (BitSet) controlTokens.clone();
        adapters = List.copyOf(adapters);
    }

    /** Runs all layers of a model, without adapters. */
    public TorchOptions(
            String name,
            Precision precision,
            String device,
            long kvBytes,
            int maxContext,
            @Nullable Integer threads,
            @Nullable Integer spinCount,
            Path home,
            BitSet controlTokens) {
        this(name, precision, device, kvBytes, maxContext, threads, spinCount, home, controlTokens, List.of(), 0);
    }

    /** The same with other adapters. */
    public TorchOptions withAdapters(List<Path> folders) {
        return new TorchOptions(
                name, precision, device, kvBytes, maxContext, threads, spinCount, home, controlTokens, folders, layers);
    }

    /** The same of the first layers alone; 0 for all. */
    public TorchOptions withLayers(int first) {
        return new TorchOptions(
                name, precision, device, kvBytes, maxContext, threads, spinCount, home, controlTokens, adapters, first);
    }

    @Override
    public BitSet controlTokens() {
        return (BitSet) controlTokens.clone();
    }
}
