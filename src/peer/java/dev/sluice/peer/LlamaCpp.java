package dev.sluice.peer;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.LogFormat;
import dev.sluice.server.bench.PeerEngine;
import java.nio.file.Path;

/** llama.cpp, through its Java binding. Its server's request queue is part of what is measured. */
public final class LlamaCpp implements PeerEngine {
    /** Nothing to prepare; {@link #open} loads the library. */
    public LlamaCpp() {}

    @Override
    public String name() {
        return "llama.cpp (de.kherud:llama 4.2.0)";
    }

    @Override
    public Loaded open(Path file, int threads, int streams, int context) {
        LlamaModel.setLogger(LogFormat.TEXT, (level, message) -> {});
        return new Model(new LlamaModel(new ModelParameters()
                .setModel(file.toString())
                .setThreads(threads)
                .setThreadsBatch(threads)
                .setParallel(streams)
                .setCtxSize(streams * context)
                .disableLog()));
    }

    private static final class Model implements Loaded {
        private final LlamaModel model;

        Model(LlamaModel model) {
            this.model = model;
        }

        @Override
        public Answer answer(String prompt, int maxTokens, boolean reusePrefix) {
            InferenceParameters parameters = new InferenceParameters(prompt)
                    .setTemperature(0)
                    .setTopK(1)
                    .setNPredict(maxTokens)
                    .setCachePrompt(reusePrefix);
            int outputs = 0;
            long first = 0;
            long start = System.nanoTime();
            for (LlamaOutput ignored : model.generate(parameters)) {
                outputs++;
                first = first == 0 ? System.nanoTime() : first;
            }
            long end = System.nanoTime();
            // The last output says that the answer has ended, and holds no token.
            return new Answer(Math.max(1, outputs - 1), (first - start) / 1e9, (end - start) / 1e9);
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
