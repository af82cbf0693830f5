package dev.sluice.server;

import dev.sluice.model.torch.TorchModel;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceProperties;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what guarding costs and what speculation gives, on the machine at hand. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        header = "Measure what guarding costs and what speculation gives.",
        description = {
            "Answer the same prompts plain, speculatively, guarded, and guarded and speculatively, in turns; then time "
                    + "passes by their size and eight answers at once against one.",
            "The policies of the settings do not apply: the guard is a phrase policy of bench's own."
        })
final class BenchCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(
            names = "--data",
            paramLabel = "FILE.jsonl",
            description =
                    "Prompts, one a line: {\"category\": …, \"turns\": [PROMPT, …]}. A small set of its own where "
                            + "not given.")
    private @Nullable Path data;

    @Option(
            names = "--tasks",
            paramLabel = "N",
            defaultValue = "12",
            description = "Prompts to take, spread over the categories; ${DEFAULT-VALUE} where not given.")
    private int tasks;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Most tokens of an answer; ${DEFAULT-VALUE} where not given.")
    private int maxTokens;

    @Option(names = "--precision", paramLabel = "P", description = "As --sluice.model.precision.")
    private @Nullable String precision;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
    private @Nullable Path json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    BenchCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        List<BenchPrompt> prompts = prompts();
        Settings all = precision == null ? settings : settings.with("sluice.model.precision", precision);
        PrintWriter err = spec.commandLine().getErr();
        try (ConfigurableApplicationContext context = all.startLocal(true)) {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            LoadedModel loaded = context.getBean(ModelLoader.class).load();
            List<BenchResult.PassTime> passes = BenchPasses.measure(loaded.model());
            PolicySet guard = BenchRuns.guard();
            Serving serving = Serving.start(loaded, guard, properties);
            try {
                BenchRuns runs = new BenchRuns(serving, maxTokens, step -> err.println(step));
                BenchResult result = new BenchResult(
                        BenchResult.thisMachine() + waiting(loaded),
                        serving.model(),
                        properties.draft().nodes(),
                        runs.inTurns(prompts),
                        passes,
                        runs.together(prompts, Math.min(8, properties.engine().maxSessions())));
                result.print(spec.commandLine().getOut());
                if (json != null) {
                    Files.writeString(json, result.toJson().toPrettyString(), StandardCharsets.UTF_8);
                }
                return 0;
            } finally {
                serving.onClose().run();
            }
        }
    }

    /** How many threads a pass has, and how long they spin before they sleep. */
    private static String waiting(LoadedModel loaded) {
        return loaded.model() instanceof TorchModel torch
                ? ", %d threads a pass, GOMP_SPINCOUNT=%d"
                        .formatted(torch.profile().threads(), torch.profile().spinCount())
                : "";
    }

    private List<BenchPrompt> prompts() throws IOException {
        if (tasks < 1 || maxTokens < 1) {
            throw new IllegalArgumentException("--tasks and --max-tokens must be at least 1");
        }
        List<BenchPrompt> all = data == null ? BenchPrompt.builtIn() : BenchPrompt.read(data);
        return BenchPrompt.spread(all, tasks);
    }
}
