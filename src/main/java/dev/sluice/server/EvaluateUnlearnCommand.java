package dev.sluice.server;

import dev.sluice.hook.GuardHook;
import dev.sluice.hook.unlearn.DocumentFrequencies;
import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.ForgetFile;
import dev.sluice.hook.unlearn.PhraseExtractor;
import dev.sluice.hook.unlearn.UnlearnHook;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.spring.StoredEncoder;
import dev.sluice.train.FlagRecorder;
import dev.sluice.train.Paraphrases;
import dev.sluice.train.UnlearnEvaluation;
import dev.sluice.train.UnlearnEvaluation.Mode;
import dev.sluice.train.UnlearnEvaluation.Outcome;
import dev.sluice.train.UnlearnEvaluation.Questions;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the unlearning rules of a policy. */
@Command(
        name = "unlearn",
        mixinStandardHelpOptions = true,
        description =
                "Answer questions greedily without a policy's unlearning rule, with it, and by its phrases alone; print what "
                        + "is flagged, forgotten and kept, and what it costs.")
final class EvaluateUnlearnCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(
            names = "--policy",
            paramLabel = "NAME",
            required = true,
            description = "A policy with one unlearning rule.")
    @SuppressWarnings("NullAway.Init")
    private String policy;

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

    @Option(names = "--real-authors", paramLabel = "FILE", description = "General knowledge that must stay.")
    private @Nullable Path realAuthors;

    @Option(names = "--world-facts", paramLabel = "FILE", description = "General knowledge that must stay.")
    private @Nullable Path worldFacts;

    @Option(
            names = "--paraphrases",
            paramLabel = "FILE",
            description = "Questions of the forget set in other words; made by templates where not given.")
    private @Nullable Path paraphrases;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Most questions of each set, spread evenly over it; ${DEFAULT-VALUE} where not given.")
    private int limit;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "96",
            description = "Most tokens of an answer; ${DEFAULT-VALUE} where not given.")
    private int maxTokens;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many answers of each set are shown; ${DEFAULT-VALUE} where not given.")
    private int samples;

    @Option(names = "--json", paramLabel = "FILE", description = "Where figures and samples go, as JSON.")
    private @Nullable Path json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    EvaluateUnlearnCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        if (limit < 1 || maxTokens < 1 || samples < 0) {
            throw new IllegalArgumentException(
                    "--limit and --max-tokens must be at least 1 and --samples at least 0, but are " + limit + ", "
                            + maxTokens + " and " + samples);
        }
        List<ForgetEntry> kept = ForgetFile.read(retain);
        List<Questions> sets = sets(ForgetFile.read(forget), kept);
        PrintWriter err = spec.commandLine().getErr();
        List<Outcome> outcomes = new ArrayList<>();
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            FlagRecorder on = new FlagRecorder(hook(context.getBean(PolicySet.class)));
            FlagRecorder hard = new FlagRecorder(
                    new UnlearnHook(on.hook().rule().withoutSemantics(), context.getBean(StoredEncoder.class)::get));
            Map<Mode, FlagRecorder> recorders = new LinkedHashMap<>(Map.of(Mode.ON, on, Mode.HARD, hard));
            Serving serving = Serving.start(
                    context.getBean(ModelLoader.class).load(),
                    GreedyAnswers.policies(recorders),
                    context.getBean(SluiceProperties.class));
            try {
                UnlearnEvaluation evaluation = new UnlearnEvaluation(
                        new GreedyAnswers(serving, recorders, maxTokens),
                        new PhraseExtractor(DocumentFrequencies.of(kept)),
                        err::println);
                sets.forEach(set -> outcomes.add(evaluation.run(set)));
            } finally {
                serving.onClose().run();
            }
        }
        spec.commandLine().getOut().print(UnlearnReport.table(outcomes));
        if (json != null) {
            Files.writeString(
                    json, UnlearnReport.json(outcomes, samples).toPrettyString() + "\n", StandardCharsets.UTF_8);
        }
        return 0;
    }

    private UnlearnHook hook(PolicySet set) {
        Policy named = set.policies().get(policy);
        if (named == null) {
            throw new IllegalArgumentException("there is no policy \"" + policy + "\"; known are "
                    + set.policies().keySet());
        }
        List<GuardHook> rules =
                named.hooks().stream().filter(UnlearnHook.class::isInstance).toList();
        if (rules.size() != 1) {
            throw new IllegalArgumentException(
                    "policy " + policy + " must have one unlearning rule to be measured, but has " + rules.size());
        }
        return (UnlearnHook) rules.get(0);
    }

    private List<Questions> sets(List<ForgetEntry> forgotten, List<ForgetEntry> kept) {
        List<Mode> all = List.of(Mode.OFF, Mode.ON, Mode.HARD);
        List<Mode> two = List.of(Mode.OFF, Mode.ON);
        List<Questions> sets = new ArrayList<>();
        sets.add(new Questions("forget", some(forgotten), all));
        sets.add(new Questions(
                "paraphrases", some(paraphrases == null ? templates(forgotten) : ForgetFile.read(paraphrases)), two));
        sets.add(new Questions("retain", some(kept), two));
        if (realAuthors != null) {
            sets.add(new Questions("real authors", some(ForgetFile.read(realAuthors)), two));
        }
        if (worldFacts != null) {
            sets.add(new Questions("world facts", some(ForgetFile.read(worldFacts)), two));
        }
        return sets;
    }

    /** Each question in one of the wordings that no router was trained on. */
    private static List<ForgetEntry> templates(List<ForgetEntry> forgotten) {
        List<ForgetEntry> asked = new ArrayList<>();
        for (int i = 0; i < forgotten.size(); i++) {
            List<String> wordings = Paraphrases.measured(forgotten.get(i).question());
            asked.add(new ForgetEntry(
                    wordings.get(i % wordings.size()), forgotten.get(i).answer()));
        }
        return asked;
    }

    private List<ForgetEntry> some(List<ForgetEntry> entries) {
        int count = Math.min(limit, entries.size());
        List<ForgetEntry> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chosen.add(entries.get((int) ((long) i * entries.size() / count)));
        }
        return chosen;
    }
}
