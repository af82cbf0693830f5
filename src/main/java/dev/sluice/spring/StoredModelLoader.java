package dev.sluice.spring;

import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.store.ModelSource;
import dev.sluice.model.store.TransferProgress;
import dev.sluice.model.torch.LoadProgress;
import dev.sluice.model.torch.Precision;
import dev.sluice.model.torch.TorchModel;
import dev.sluice.model.torch.TorchOptions;
import dev.sluice.token.LoadedTokenizer;
import dev.sluice.token.Tokenizer;
import dev.sluice.token.Vocabulary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads the model of the settings on PyTorch, with the tokenizer and the chat template that come with it.
 *
 * @param files where the file comes from
 * @param properties how it is run
 * @param progress hears of loading as of a transfer
 */
record StoredModelLoader(ModelFiles files, SluiceProperties properties, TransferProgress progress)
        implements ModelLoader {
    /** The phases of loading that are counted in bytes, as people call them. */
    private static final Map<String, String> PHASES = Map.of("fingerprint", "checking ", "weights", "loading ");

    @Override
    public LoadedModel load() {
        Path path = files.fetch().path();
        LoadedTokenizer tokenizer = ModelFormat.of(path).tokenizer(path);
        boolean complete = false;
        try {
            Vocabulary vocabulary = tokenizer.tokenizer().vocabulary();
            Path draft = draft(vocabulary);
            TorchModel model = TorchModel.load(path, options(path, vocabulary), heard(path));
            warm(tokenizer.tokenizer());
            LoadedModel loaded = new LoadedModel(
                    model,
                    tokenizer.tokenizer(),
                    tokenizer.chat(),
                    draft == null ? null : load(draft, model, vocabulary));
            complete = true;
            return loaded;
        } finally {
            if (!complete) {
                tokenizer.close();
            }
        }
    }

    /** The file of the draft model, once its tokens are known to be the target's; null where the settings name none. */
    private @Nullable Path draft(Vocabulary target) {
        ModelFiles draft = files.ofDraft(properties.draft().model());
        if (draft == null) {
            return null;
        }
        Path path = draft.fetch().path();
        try (LoadedTokenizer tokenizer = ModelFormat.of(path).tokenizer(path)) {
            Vocabulary own = tokenizer.tokenizer().vocabulary();
            int different = target.firstDifference(own);
            if (different >= 0) {
                throw new InvalidSettingException(
                        "sluice.draft.model.source",
                        "a model with the tokens of the target, " + target.size() + " of them",
                        "one with " + own.size() + ", of which token " + different + " is the first that differs");
            }
            return path;
        }
    }

    /** Loads the draft model; where that fails, the target is closed. */
    private TorchModel load(Path path, TorchModel target, Vocabulary vocabulary) {
        SluiceProperties.DraftModel draft = properties.draft().model();
        boolean complete = false;
        try {
            TorchOptions options = new TorchOptions(
                            "draft",
                            Precision.valueOf(draft.precision().toUpperCase(Locale.ROOT)),
                            properties.model().device(),
                            draft.kvMemory().toBytes(),
                            target.description().contextLength(),
                            target.profile().threads(),
                            null,
                            properties.homeDirectory(),
                            vocabulary.masked())
                    .withLayers(draft.layers());
            TorchModel model = TorchModel.load(path, options, heard(path));
            complete = true;
            return model;
        } finally {
            if (!complete) {
                target.close();
            }
        }
    }

    /** Encodes a long text, so that the first long prompt is not the one to wait for compilers; 50 ms. */
    private static void warm(Tokenizer tokenizer) {
        tokenizer.decode(tokenizer.encode("A prompt of many words, longer than most. ".repeat(1_000), false));
    }

    private TorchOptions options(Path path, Vocabulary vocabulary) {
        SluiceProperties.Model model = properties.model();
        Integer maxContext = properties.engine().maxContext();
        String name = files.source() instanceof ModelSource.HubFile hub && Files.isDirectory(path)
                ? hub.repository()
                : String.valueOf(path.getFileName()).replaceFirst("\\.gguf$", "");
        return new TorchOptions(
                        name,
                        Precision.valueOf(model.precision().toUpperCase(Locale.ROOT)),
                        model.device(),
                        model.kvMemory().toBytes(),
                        maxContext == null ? Integer.MAX_VALUE : maxContext,
                        model.threads() == 0 ? null : model.threads(),
                        null,
                        properties.homeDirectory(),
                        vocabulary.masked())
                .withAdapters(model.adapterFolders());
    }

    private LoadProgress heard(Path path) {
        return (phase, done, total) -> {
            String label = PHASES.get(phase);
            if (label != null) {
                progress.report(new TransferProgress.Step(label + path.getFileName(), done, total, 0, done >= total));
            }
        };
    }
}
