package dev.sluice.model.format;

import dev.sluice.model.gguf.GgufFile;
import dev.sluice.model.gguf.GgufTokenizer;
import dev.sluice.model.safetensors.HubTokenizer;
import dev.sluice.model.safetensors.SafetensorsFolder;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.token.LoadedTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The formats of models that are read. */
public enum ModelFormat {
    /** One GGUF file. */
    GGUF {
        @Override
        public WeightSource weights(Path path) {
            return GgufFile.open(path);
        }

        @Override
        public LoadedTokenizer tokenizer(Path path) {
            try (GgufFile file = GgufFile.open(path)) {
                return GgufTokenizer.load(file);
            }
        }
    },
    /** A folder with {@code config.json}, {@code tokenizer.json} and safetensors files. */
    SAFETENSORS {
        @Override
        public WeightSource weights(Path path) {
            return SafetensorsFolder.open(path);
        }

        @Override
        public LoadedTokenizer tokenizer(Path path) {
            return HubTokenizer.load(path);
        }
    };

    /** The format of a path: a folder holds safetensors, a file is GGUF. */
    public static ModelFormat of(Path path) {
        return Files.isDirectory(path) ? SAFETENSORS : GGUF;
    }

    /** Opens what the path holds; throws {@link dev.sluice.model.ModelFileException}. The caller closes it. */
    public abstract WeightSource weights(Path path);

    /** Builds the tokenizer, and the chat template if there is one; throws {@link dev.sluice.model.ModelFileException}. */
    public abstract LoadedTokenizer tokenizer(Path path);
}
