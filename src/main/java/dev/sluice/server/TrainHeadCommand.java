package dev.sluice.server;

import dev.sluice.hook.classifier.Classifier;
import dev.sluice.model.ModelDescription;
import dev.sluice.model.format.ModelFormat;
import dev.sluice.model.torch.TorchTrainer;
import dev.sluice.model.weights.WeightSource;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelFiles;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.token.ChatTemplate;
import dev.sluice.train.Fit;
import dev.sluice.train.HeadFolder;
import dev.sluice.train.HeadSettings;
import dev.sluice.train.HeadTraining;
import dev.sluice.train.HeadTraining.Trained;
import dev.sluice.train.Preference;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains an acceptance head from pairs of answers. */
@Command(
        name = "head",
        mixinStandardHelpOptions = true,
        description =
                "Train an acceptance head for the model of the settings from preference pairs: JSON lines with the "
                        + "conversations chosen and rejected. Can be stopped at any time and resumed.")
final class TrainHeadCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(names = "--pairs", paramLabel = "FILE", required = true, description = "JSON lines of pairs.")
    @SuppressWarnings("NullAway.Init")
    private Path pairs;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Folder of the classifier. Work in progress is kept beside it, in DIR.work.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed; ${DEFAULT-VALUE} where not given.")
    private long seed;

    @Option(
            names = "--max-pairs",
            paramLabel = "N",
            defaultValue = "600",
            description = "Most pairs of each reward model; ${DEFAULT-VALUE} where not given.")
    private int maxPairs;

    @Option(
            names = "--prompts",
            paramLabel = "N",
            defaultValue = "200",
            description = "Most prompts that answers are drawn to; ${DEFAULT-VALUE} where not given.")
    private int prompts;

    @Option(
            names = "--answers",
            paramLabel = "N",
            defaultValue = "4",
            description = "Answers to each prompt; ${DEFAULT-VALUE} where not given.")
    private int answers;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "48",
            description = "Most tokens of an answer; ${DEFAULT-VALUE} where not given.")
    private int maxTokens;

    @Option(
            names = "--max-prompt",
            paramLabel = "N",
            defaultValue = "128",
            description = "Pairs of longer prompts are left out, in tokens; ${DEFAULT-VALUE} where not given.")
    private int maxPrompt;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "40",
            description = "Most epochs of each fit; ${DEFAULT-VALUE} where not given.")
    private int epochs;

    @Option(
            names = "--rejections",
            paramLabel = "SHARE",
            defaultValue = "0.2",
            description = "Share of the model's own tokens that the head rejects; ${DEFAULT-VALUE} where not given.")
    private double rejections;

    @Option(names = "--resume", description = "Go on with what DIR.work holds.")
    private boolean resume;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    TrainHeadCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        HeadSettings how = new HeadSettings(seed, maxPairs, prompts, answers, maxTokens, maxPrompt, epochs, rejections);
        Path work = out.resolveSibling(out.getFileName() + ".work");
        if (!resume && Files.exists(work)) {
            throw new IllegalArgumentException(
                    work + " holds a training that was stopped: go on with it by --resume, or remove it");
        }
        PrintWriter err = spec.commandLine().getErr();
        List<Preference> all = Preference.read(pairs);
        String sha256 = Classifier.sha256(Files.readAllBytes(pairs));
        try (ConfigurableApplicationContext context = settings.startLocal(true);
                LoadedModel loaded = context.getBean(ModelLoader.class).load()) {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            ChatTemplate chat = loaded.chat();
            if (chat == null) {
                throw new IllegalArgumentException(
                        "a head is trained on conversations, but the model has no chat template");
            }
            Fit fit = new Fit(
                    TorchTrainer.on(
                            properties.homeDirectory(), properties.model().device()),
                    System::nanoTime);
            HeadTraining training = new HeadTraining(
                    loaded.model(), loaded.tokenizer(), chat, fit, how, work, err::println, System::nanoTime);
            Trained trained = training.run(all, sha256);
            ModelDescription model = loaded.model().description();
            new HeadFolder(
                            out,
                            model,
                            blocks(context.getBean(ModelFiles.class)),
                            String.valueOf(pairs.getFileName()),
                            sha256,
                            how,
                            command())
                    .write(trained);
            err.printf(
                    "reward model right in %.1f %% of %d pairs, judge in %.1f %%; the head agrees with the reward model on "
                            + "%.1f %% of the pairs of held-out answers%n",
                    100 * trained.reward().accuracy(),
                    trained.reward().tried(),
                    100 * trained.judge().accuracy(),
                    100 * trained.agreement());
        }
        remove(work);
        spec.commandLine().getOut().println(out);
        return 0;
    }

    private String command() {
        return ("./sluice train head --pairs %s --out classifiers/%s --seed %d --max-pairs %d --prompts %d --answers %d "
                        + "--max-tokens %d --max-prompt %d --epochs %d --rejections %s")
                .formatted(
                        pairs.getFileName(),
                        out.getFileName(),
                        seed,
                        maxPairs,
                        prompts,
                        answers,
                        maxTokens,
                        maxPrompt,
                        epochs,
                        rejections);
    }

    private static int blocks(ModelFiles files) {
        Path path = files.fetch().path();
        try (WeightSource source = ModelFormat.of(path).weights(path)) {
            return source.shape().layers().size();
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
