package dev.sluice.server;

import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetFile;
import dev.sluice.hook.unlearn.RouterFolder;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.torch.TorchTrainer;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelFiles;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.spring.StoredEncoder;
import dev.sluice.token.ChatMessage;
import dev.sluice.token.ChatTemplate;
import dev.sluice.train.Fit;
import dev.sluice.train.PromptStates;
import dev.sluice.train.RouterCard;
import dev.sluice.train.RouterTraining;
import dev.sluice.train.RouterTraining.Trained;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a router for the model of the settings. */
@Command(
        name = "router",
        mixinStandardHelpOptions = true,
        description =
                "Train a router that tells prompts about a forget set from others, for the model of the settings. Can be "
                        + "stopped at any time; the same command goes on.")
final class TrainRouterCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(
            names = "--forget",
            paramLabel = "FILE",
            required = true,
            description = "JSON lines with question and answer.")
    @SuppressWarnings("NullAway.Init")
    private Path forget;

    @Option(names = "--retain", paramLabel = "FILE", required = true, description = "The same of what must stay.")
    @SuppressWarnings("NullAway.Init")
    private Path retain;

    @Option(
            names = "--negatives",
            paramLabel = "FILE",
            description =
                    "Further questions that must stay, as for --retain; may be repeated. Do not evaluate on them.")
    private List<Path> negatives = new ArrayList<>();

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder of the classifier.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--layer",
            paramLabel = "N",
            description = "Block behind which prompts are read, from 1; the last but one where not given.")
    private @Nullable Integer layer;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed; ${DEFAULT-VALUE} where not given.")
    private long seed;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "50",
            description = "Most epochs; ${DEFAULT-VALUE} where not given.")
    private int epochs;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    TrainRouterCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        List<ForgetEntry> forgotten = ForgetFile.read(forget);
        List<ForgetEntry> kept = ForgetFile.read(retain);
        List<ForgetEntry> further = new ArrayList<>();
        negatives.forEach(file -> further.addAll(ForgetFile.read(file)));
        PrintWriter err = spec.commandLine().getErr();
        Path checkpoint = out.resolveSibling(out.getFileName() + ".work");
        // What cannot be written to is better known before the prompts are read.
        Files.createDirectories(checkpoint.toAbsolutePath().getParent());
        try (ConfigurableApplicationContext context = settings.startLocal(true);
                LoadedModel loaded = context.getBean(ModelLoader.class).load()) {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            int read = layer == null ? blocks(context.getBean(ModelFiles.class)) - 1 : layer;
            RouterTraining training = new RouterTraining(
                    prompts(loaded),
                    PromptStates.of(loaded.model(), read),
                    context.getBean(StoredEncoder.class).get(),
                    new Fit(
                            TorchTrainer.on(
                                    properties.homeDirectory(),
                                    properties.model().device()),
                            System::nanoTime),
                    err::println);
            Trained trained = training.run(forgotten, kept, further, seed, epochs, checkpoint);
            save(trained, loaded.model().description(), read);
            err.printf(
                    "flags %.1f %% of the held-out questions about the forget set and %.1f %% of the others%n",
                    100 * trained.recall(), 100 * trained.alarms());
        }
        Files.deleteIfExists(checkpoint);
        spec.commandLine().getOut().println(out);
        return 0;
    }

    private void save(Trained trained, ModelDescription model, int read) throws IOException {
        Map<String, String> data = new LinkedHashMap<>();
        List<Path> files = new ArrayList<>(List.of(forget, retain));
        files.addAll(negatives);
        for (Path file : files) {
            data.put(String.valueOf(file.getFileName()), Classifier.sha256(Files.readAllBytes(file)));
        }
        ClassifierManifest manifest = new ClassifierManifest(
                String.valueOf(out.getFileName()),
                Kind.ROUTER,
                1,
                model.fingerprint(),
                model.precision(),
                read,
                Normalisation.RESIDUAL,
                Classifier.sizes(trained.network()),
                Map.of(
                        RouterFolder.ROUTER,
                        trained.threshold(),
                        RouterFolder.SIMILARITY,
                        trained.similarity(),
                        RouterFolder.ALONE,
                        trained.alone()),
                data,
                seed,
                Map.of());
        RouterFolder.save(
                out,
                manifest,
                trained.network(),
                trained.index(),
                RouterCard.text(manifest, model.name(), trained, command(read)));
    }

    private String command(int read) {
        StringBuilder text = new StringBuilder(
                "./sluice train router --forget %s --retain %s".formatted(forget.getFileName(), retain.getFileName()));
        negatives.forEach(file -> text.append(" --negatives ").append(file.getFileName()));
        return text.append(" --out classifiers/%s --layer %d --seed %d --epochs %d"
                        .formatted(out.getFileName(), read, seed, epochs))
                .toString();
    }

    private static Function<String, int[]> prompts(LoadedModel loaded) {
        ChatTemplate chat = loaded.chat();
        return chat == null
                ? question -> loaded.tokenizer().encode(question, false)
                : question -> chat.encode(List.of(new ChatMessage("user", question)), true);
    }

    private static int blocks(ModelFiles files) {
        Path path = files.fetch().path();
        try (WeightSource source = ModelFormat.of(path).weights(path)) {
            return source.shape().layers().size();
        }
    }
}
