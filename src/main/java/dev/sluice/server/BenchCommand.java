package dev.sluice.server;

import dev.sluice.server.bench.Bench;
import dev.sluice.server.bench.BenchPrompt;
import dev.sluice.server.bench.BenchReport;
import dev.sluice.server.bench.Peers;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelFiles;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.SluiceProperties;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
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
            "Time passes by nodes, sessions and context; answer the same prompts plain, speculatively, guarded, and guarded "
                    + "and speculatively; prefill; answer many at once. All in turns, with medians.",
            "The policies of the settings do not apply: the guard is a policy of a thousand phrases of bench's own."
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
            names = "--category",
            paramLabel = "NAME",
            arity = "1..*",
            split = ",",
            defaultValue = "all",
            description = "Categories to take; ${DEFAULT-VALUE} where not given.")
    private List<String> categories = List.of();

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

    @Option(
            names = "--repeat",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds of everything, for the medians; ${DEFAULT-VALUE} where not given.")
    private int repeat;

    @Option(
            names = "--nodes",
            paramLabel = "N,…",
            split = ",",
            defaultValue = "1,2,4,8,16,32",
            description = "Tokens in a pass of one session; ${DEFAULT-VALUE} where not given.")
    private List<Integer> nodes = List.of();

    @Option(
            names = "--sessions",
            paramLabel = "N,…",
            split = ",",
            defaultValue = "1,2,4,8,16,32",
            description = "Sessions in a pass; 1, 8 and 32 streams are tried up to the largest. ${DEFAULT-VALUE} where "
                    + "not given.")
    private List<Integer> sessions = List.of();

    @Option(
            names = "--contexts",
            paramLabel = "N,…",
            split = ",",
            defaultValue = "64,276,1500",
            description = "Tokens cached before a pass; ${DEFAULT-VALUE} where not given.")
    private List<Integer> contexts = List.of();

    @Option(
            names = "--peer",
            description = "Measure llama.cpp too, in the same run. Build it first: ./mvnw -Ppeer -DskipTests package")
    private boolean peer;

    @Option(names = "--precision", paramLabel = "P", description = "As --sluice.model.precision.")
    private @Nullable String precision;

    @Option(names = "--json", paramLabel = "FILE", description = "Write every figure to this file too.")
    private @Nullable Path json;

    @Option(names = "--plot", paramLabel = "FILE.svg", description = "Draw speeds and pass times into this file too.")
    private @Nullable Path plot;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    BenchCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        writable("--json", json);
        writable("--plot", plot);
        Bench bench = new Bench(
                prompts(),
                maxTokens,
                repeat,
                positive("--nodes", nodes),
                positive("--sessions", sessions),
                positive("--contexts", contexts),
                peer ? Peers.find() : null,
                step -> err.println(step));
        Settings all = settings.with("sluice.engine.max-sessions", Math.max(8, Collections.max(sessions)));
        if (precision != null) {
            all = all.with("sluice.model.precision", precision);
        }
        try (ConfigurableApplicationContext context = all.startLocal(true)) {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            Path file = context.getBean(ModelFiles.class).fetch().path();
            bench.check(file);
            LoadedModel loaded = context.getBean(ModelLoader.class).load();
            BenchReport report = bench.run(loaded, file, properties);
            report.print(spec.commandLine().getOut());
            if (json != null) {
                report.writeJson(json);
            }
            if (plot != null) {
                report.writePlot(plot);
            }
            return 0;
        }
    }

    /** Throws where a file could not be written at the end, after minutes. */
    private static void writable(String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        Path folder = file.toAbsolutePath().getParent();
        boolean fits = Files.exists(file)
                ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
        if (!fits) {
            throw new IllegalArgumentException(
                    option + " takes a file that can be written, in a folder that exists, was " + file);
        }
    }

    private static List<Integer> positive(String option, List<Integer> sizes) {
        if (sizes.isEmpty() || Collections.min(sizes) < 1) {
            throw new IllegalArgumentException(option + " takes numbers of at least 1, was " + sizes);
        }
        return sizes.stream().distinct().sorted().toList();
    }

    private List<BenchPrompt> prompts() throws IOException {
        if (tasks < 1 || maxTokens < 1 || repeat < 1) {
            throw new IllegalArgumentException("--tasks, --max-tokens and --repeat must be at least 1");
        }
        List<BenchPrompt> all = data == null ? BenchPrompt.builtIn() : BenchPrompt.read(data);
        return BenchPrompt.spread(BenchPrompt.of(all, categories), tasks);
    }
}
