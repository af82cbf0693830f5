package dev.sluice.model.format;

import dev.sluice.model.ModelFileException;
import dev.sluice.model.ModelFileException.Code;
import dev.sluice.model.gguf.GgufFile;
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
    },
    /** A folder with {@code config.json}, {@code tokenizer.json} and safetensors files. */
    SAFETENSORS {
        @Override
        public WeightSource weights(Path path) {
            return SafetensorsFolder.open(path);
        }
    };

    /** The format of a path: a folder holds safetensors, a file is GGUF. */
    public static ModelFormat of(Path path) {
        return Files.isDirectory(path) ? SAFETENSORS : GGUF;
    }

    /** Opens what the path holds; throws {@link ModelFileException}. The caller closes it. */
    public abstract WeightSource weights(Path path);

    /** {@link #tokenizer(WeightSource)} of what the path holds. */
    public LoadedTokenizer tokenizer(Path path) {
        try (WeightSource source = weights(path)) {
            return tokenizer(source);
        }
    }

    /**
     * Builds the tokenizer, and the chat template if there is one that can be used.
     *
     * @throws ModelFileException if it cannot be built, or has more tokens than the model has rows of its embedding
     */
    public static LoadedTokenizer tokenizer(WeightSource source) {
        int rows = source.shape().vocabulary();
        LoadedTokenizer read = source.tokenizer();
        int tokens = read.tokenizer().vocabulary().size();
        if (tokens > rows) {
            read.close();
            throw new ModelFileException(
                    Code.METADATA,
                    source.path(),
                    "its tokenizer must have at most a token for each of the " + rows
                            + " rows of its embedding, but has " + tokens
                            + "; use the tokenizer that the model came with");
        }
        return read;
    }
}
