package dev.sluice.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sluice.model.SentenceEncoder;
import dev.sluice.model.safetensors.EncoderFolder;
import dev.sluice.model.torch.TorchScriptArchive.Attribute;
import dev.sluice.model.torch.TorchScriptArchive.Initial;
import dev.sluice.model.weights.EncoderShape;
import dev.sluice.token.WordPieceTokenizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A BERT sentence encoder on PyTorch, in single precision: the mean over tokens, of length 1, of a text's first
 * {@link EncoderFolder#MOST_TOKENS} tokens.
 *
 * <p>One text is one call, padded to the next of a few lengths, so a text is always computed in the same shape and has the
 * same bits. Calls run on the one native thread, between passes of a language model, which wait for them. With
 * all-MiniLM-L6-v2 a word takes some 8 ms of one processor, a sentence of 20 tokens 11 ms, a text of 256 tokens 50 ms; its
 * weights take 90 MB.
 */
public final class TorchSentenceEncoder implements SentenceEncoder {
    /** Lengths that texts are padded to; the last covers the longest text. */
    static final List<Integer> LENGTHS = List.of(8, 16, 32, 64, 128, EncoderFolder.MOST_TOKENS);

    private final TorchModule module;
    private final WordPieceTokenizer tokenizer;
    private final EncoderShape shape;
    private final String fingerprint;
    private volatile boolean closed;

    private TorchSentenceEncoder(
            TorchModule module, WordPieceTokenizer tokenizer, EncoderShape shape, String fingerprint) {
        this.module = module;
        this.tokenizer = tokenizer;
        this.shape = shape;
        this.fingerprint = fingerprint;
    }

    /**
     * Loads an encoder; about a second.
     *
     * @param folder with {@code config.json}, {@code tokenizer.json} and {@code model.safetensors}
     * @param device {@code cpu} or {@code cuda:n}
     * @param home folder for what is measured or unpacked once per machine
     * @param progress hears of it
     * @throws dev.sluice.model.ModelFileException where the folder cannot be used
     */
    public static TorchSentenceEncoder load(Path folder, String device, Path home, LoadProgress progress) {
        try (EncoderFolder source = EncoderFolder.open(folder)) {
            WordPieceTokenizer tokenizer = source.tokenizer();
            boolean loaded = false;
            try {
                String fingerprint = Fingerprint.of(List.of(source.weights()), new MachineCache(home), progress);
                TorchModule module = TorchThread.call(() -> module(source, device, home, progress));
                loaded = true;
                return new TorchSentenceEncoder(module, tokenizer, source.shape(), fingerprint);
            } finally {
                if (!loaded) {
                    tokenizer.close();
                }
            }
        }
    }

    private static TorchModule module(EncoderFolder source, String device, Path home, LoadProgress progress) {
        TorchRuntime.load(home, MachineProfile.DEFAULT_SPIN_COUNT);
        byte[] archive = TorchScriptArchive.of(
                "bert.py",
                "Bert",
                new Attribute("training", Initial.BOOLEAN),
                new Attribute("weights", Initial.TENSORS),
                new Attribute("shape", Initial.INTEGERS),
                new Attribute("scales", Initial.NUMBERS));
        TorchModule module = new TorchModule(archive, TorchModel.device(device));
        boolean loaded = false;
        try (NDManager scope = module.scope()) {
            EncoderShape shape = source.shape();
            module.callForLong(
                    "load",
                    TorchModule.tensors(new Weights(source, module, scope, progress).read()),
                    IValue.listFrom((long) shape.layers(), shape.heads()),
                    IValue.listFrom(shape.epsilon(), 1 / Math.sqrt((double) shape.width() / shape.heads())));
            loaded = true;
            return module;
        } finally {
            if (!loaded) {
                module.close();
            }
        }
    }

    @Override
    public int width() {
        return shape.width();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException also if the vector is not finite, which damaged weights can make it
     */
    @Override
    public float[] encode(String text) {
        requireOpen();
        int[] tokens = tokens(text);
        float[] vector = TorchThread.call(() -> forward(tokens));
        for (float number : vector) {
            if (!Float.isFinite(number)) {
                throw new IllegalStateException("the vector of a text of " + tokens.length
                        + " tokens is not finite; the encoder's weights are damaged, fetch them again");
            }
        }
        return vector;
    }

    /** The tokens of a text, those that frame it among them. */
    int[] tokens(String text) {
        return tokenizer.encode(text, shape.mostTokens());
    }

    private float[] forward(int[] tokens) {
        requireOpen();
        int length = LENGTHS.stream()
                .mapToInt(each -> Math.min(each, shape.mostTokens()))
                .filter(each -> each >= tokens.length)
                .findFirst()
                .orElseThrow();
        LongBuffer padded = ByteBuffer.allocateDirect(length * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        for (int i = 0; i < tokens.length; i++) {
            padded.put(i, tokens[i]);
        }
        try (NDManager scope = module.scope()) {
            return module
                    .call(scope, "forward", TorchModule.integers(scope, padded), IValue.from((long) tokens.length))[0]
                    .toFloatArray();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the sentence encoder is closed; load it again");
        }
    }

    @Override
    public void close() {
        TorchThread.run(() -> {
            if (!closed) {
                closed = true;
                module.close();
                tokenizer.close();
            }
        });
    }

    /** Reads the weights in the order that the module's text wants. */
    private record Weights(EncoderFolder source, TorchModule module, NDManager scope, LoadProgress progress) {
        List<NDArray> read() {
            List<NDArray> all = new ArrayList<>();
            for (String table : List.of("word", "position", "token_type")) {
                all.add(joined("embeddings." + table + "_embeddings.weight"));
            }
            pair(all, "embeddings.LayerNorm");
            int layers = source.shape().layers();
            for (int layer = 0; layer < layers; layer++) {
                String block = "encoder.layer." + layer + ".";
                pair(all, block + "attention.self.query", block + "attention.self.key", block + "attention.self.value");
                for (String part : List.of(
                        "attention.output.dense",
                        "attention.output.LayerNorm",
                        "intermediate.dense",
                        "output.dense",
                        "output.LayerNorm")) {
                    pair(all, block + part);
                }
                progress.advanced("weights", layer + 1, layers);
            }
            return all;
        }

        /** Weights and biases, those of several one below the other. */
        private void pair(List<NDArray> all, String... names) {
            all.add(joined(Stream.of(names).map(name -> name + ".weight").toArray(String[]::new)));
            all.add(joined(Stream.of(names).map(name -> name + ".bias").toArray(String[]::new)));
        }

        private NDArray joined(String... names) {
            List<RowReader> parts = Stream.of(names)
                    .map(source::tensor)
                    .map(tensor -> new RowReader(tensor, source.data(tensor), 0))
                    .toList();
            MatrixRows rows = new MatrixRows(parts, 0);
            int extents = source.tensor(names[0]).dimensions().size();
            FloatBuffer values = ByteBuffer.allocateDirect(
                            Math.multiplyExact(Math.multiplyExact(rows.rows(), rows.columns()), Float.BYTES))
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            rows.read(0, rows.rows(), values);
            Shape shape = extents == 1 ? new Shape(rows.rows()) : new Shape(rows.rows(), rows.columns());
            try (NDManager brief = module.scope()) {
                NDArray array = TorchModule.array(brief, values.flip(), DataType.FLOAT32, shape);
                return module.call(scope, "copy", TorchModule.tensor(array))[0];
            }
        }
    }
}
