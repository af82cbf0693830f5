package dev.sluice.testkit;

import dev.sluice.model.CausalModel;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.store.ModelStore;
import dev.sluice.model.torch.Precision;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.model.torch.TorchOptions;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.token.Tokenizer;
import dev.sluice.token.Vocabulary;
import java.nio.file.Path;

/**
 * The default model, loaded once for several engines: each takes ownership of a view that does not close it.
 *
 * @param model the model
 * @param files its tokenizer and chat template
 */
public record RealModel(TorchModel model, LoadedTokenizer files) implements AutoCloseable {
    /** Loads the default model; seconds. */
    public static RealModel load(Precision precision) {
        return load(precision, 512L << 20);
    }

    /** Loads the default model with so many bytes of KV pages. */
    public static RealModel load(Precision precision, long kvBytes) {
        Path path = TestModel.path();
        LoadedTokenizer files = ModelFormat.of(path).tokenizer(path);
        Vocabulary vocabulary = files.tokenizer().vocabulary();
        TorchOptions options = new TorchOptions(
                "default", precision, "cpu", kvBytes, 2048, null, null, ModelStore.defaultHome(), vocabulary.masked());
        return new RealModel(TorchModel.load(path, options, (phase, done, total) -> {}), files);
    }

    /** The model's tokenizer. */
    public Tokenizer tokenizer() {
        return files.tokenizer();
    }

    /** The model, for an engine that will close what it is given. */
    public CausalModel shared() {
        return new ForwardingModel(model) {
            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {
        model.close();
        files.close();
    }
}
