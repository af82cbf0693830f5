package dev.sluice.server;

import dev.sluice.engine.Engine;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.TextTooLongException;
import dev.sluice.train.AlignEvaluation;
import dev.sluice.train.AlignEvaluation.Result;
import dev.sluice.train.Preference;
import dev.sluice.train.Preference.Part;
import dev.sluice.train.RewardModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Measures what a policy's acceptance head does to answers. */
@Command(
        name = "align",
        mixinStandardHelpOptions = true,
        description =
                "Answer prompts alone, under a policy with an acceptance head, and by the best of four, and have the "
                        + "judge of the head's folder compare.")
final class EvaluateAlignCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(names = "--policy", paramLabel = "NAME", required = true, description = "Policy with an align rule.")
    @SuppressWarnings("NullAway.Init")
    private String policy;

    @Option(
            names = "--pairs",
            paramLabel = "FILE",
            required = true,
            description = "The pairs that the head was trained on.")
    @SuppressWarnings("NullAway.Init")
    private Path pairs;

    @Option(
            names = "--prompts",
            paramLabel = "N",
            defaultValue = "60",
            description = "Most prompts, of the part that nothing was fitted to; ${DEFAULT-VALUE} where not given.")
    private int prompts;

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
            description = "Longer prompts are left out, in tokens; ${DEFAULT-VALUE} where not given.")
    private int maxPrompt;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "1",
            description = "Of all answers; ${DEFAULT-VALUE} where not given.")
    private double temperature;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed; ${DEFAULT-VALUE} where not given.")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the table to this file too.")
    private @Nullable Path json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    EvaluateAlignCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter err = spec.commandLine().getErr();
        List<Preference> all = Preference.read(pairs);
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            SluiceProperties properties = context.getBean(SluiceProperties.class);
            // Without bindings, so that the answers without the policy are without it.
            PolicySet bound = context.getBean(PolicySet.class);
            PolicySet policies = new PolicySet(bound.revision(), bound.policies(), List.of());
            AcceptanceHead head = head(policies);
            Path folder = Path.of(properties.classifiers().location())
                    .resolve(Objects.requireNonNull(head.manifest()).name());
            RewardModel reward = rewardModel(folder.resolve("reward"));
            RewardModel judge = rewardModel(folder.resolve("judge"));
            ModelLoader loader = context.getBean(ModelLoader.class);
            LoadedModel loaded = loader.load();
            AlignEvaluation evaluation;
            try (Engine engine = Serving.engine(loaded, policies, properties)) {
                evaluation = new AlignEvaluation(
                        prompts(all, loaded.chat()), seed, maxTokens, temperature, err::println, System::nanoTime);
                evaluation.answer(engine::submit, policy);
            } finally {
                loaded.close();
            }
            try (LoadedModel again = loader.load()) {
                print(evaluation.score(again.model(), again.tokenizer().vocabulary(), reward, judge, head));
            }
            return 0;
        }
    }

    private AcceptanceHead head(PolicySet policies) {
        Policy named = policies.policies().get(policy);
        if (named == null || named.heads().size() != 1 || named.heads().get(0).manifest() == null) {
            throw new IllegalArgumentException("--policy takes the name of a policy with one align rule, was " + policy
                    + "; the policies are " + policies.policies().keySet());
        }
        return named.heads().get(0);
    }

    private static RewardModel rewardModel(Path folder) {
        Classifier classifier = Classifier.load(folder);
        classifier.manifest().require(Kind.REWARD);
        return new RewardModel(classifier.network());
    }

    private List<int[]> prompts(List<Preference> all, @Nullable ChatTemplate chat) {
        if (chat == null) {
            throw new IllegalArgumentException("prompts are conversations, but the model has no chat template");
        }
        return all.stream()
                .filter(pair -> pair.part() == Part.THIRD)
                .sorted(Comparator.comparingLong(Preference::key))
                .flatMap(pair -> encoded(chat, pair))
                .limit(prompts)
                .toList();
    }

    /** The prompt, or none where it is too long. */
    private Stream<int[]> encoded(ChatTemplate chat, Preference pair) {
        try {
            return Stream.of(chat.encode(pair.messages(), true, maxPrompt));
        } catch (TextTooLongException e) {
            return Stream.empty();
        }
    }

    private void print(Result result) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "| %d prompts | judge | preference | changed | forwards a token | perplexity | tokens | refusals | distinct |%n",
                result.prompts());
        out.println("|---|---|---|---|---|---|---|---|---|");
        for (String name : List.of("base", "head", "best-of-4")) {
            AlignEvaluation.Row row = Objects.requireNonNull(result.rows().get(name));
            out.printf(
                    "| %s | %.3f | %+.1f | %.0f %% | %.2f | %.1f | %.1f | %.1f %% | %.3f |%n",
                    name,
                    row.judge(),
                    100 * row.preference(),
                    100 * row.changed(),
                    row.forwards(),
                    row.perplexity(),
                    row.tokens(),
                    100 * row.refusals(),
                    row.distinct());
        }
        out.println("accepted by rank: "
                + String.join(
                        ", ",
                        result.acceptance().stream()
                                .map(share -> "%.0f %%".formatted(100 * share))
                                .toList()));
        if (json != null) {
            ObjectNode root = JsonMapper.shared().valueToTree(result);
            root.put("policy", policy)
                    .put("seed", seed)
                    .put("maxTokens", maxTokens)
                    .put("temperature", temperature);
            Files.writeString(json, root.toPrettyString() + "\n");
        }
    }
}
