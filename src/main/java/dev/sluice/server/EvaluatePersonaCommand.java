package dev.sluice.server;

import dev.sluice.hook.persona.Persona;
import dev.sluice.hook.persona.Persona.Bounds;
import dev.sluice.model.CausalModel;
import dev.sluice.policy.Policy;
import dev.sluice.policy.PolicySet;
import dev.sluice.server.PersonaAnswers.Answer;
import dev.sluice.spring.LoadedModel;
import dev.sluice.spring.ModelLoader;
import dev.sluice.spring.Serving;
import dev.sluice.spring.SluiceProperties;
import dev.sluice.token.ChatMessage;
import dev.sluice.train.AnswerScore;
import dev.sluice.train.PersonaEvaluation;
import dev.sluice.train.PersonaEvaluation.Row;
import dev.sluice.train.PersonaEvaluation.Scored;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Measures the personas of a policy. */
@Command(
        name = "persona",
        mixinStandardHelpOptions = true,
        description =
                "Answer prompts greedily at several weights of the two personas of a policy; print how probable each "
                        + "finds the answers, what each would have rejected, and what two lanes cost.")
final class EvaluatePersonaCommand implements Callable<Integer> {
    private final Settings settings;

    @Option(names = "--policy", paramLabel = "NAME", required = true, description = "A policy with personas.")
    @SuppressWarnings("NullAway.Init")
    private String policy;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            required = true,
            description = "JSON lines with a prompt each: prompt, question, or the first of turns.")
    @SuppressWarnings("NullAway.Init")
    private Path prompts;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "60",
            description = "Most prompts, spread evenly over the file; ${DEFAULT-VALUE} where not given.")
    private int limit;

    @Option(
            names = "--longest",
            paramLabel = "N",
            defaultValue = "400",
            description = "Most characters of a prompt, longer ones are left out; ${DEFAULT-VALUE} where not given.")
    private int longest;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "48",
            description = "Most tokens of an answer; ${DEFAULT-VALUE} where not given.")
    private int maxTokens;

    @Option(
            names = "--weights",
            paramLabel = "W",
            split = ",",
            defaultValue = "0,0.25,0.5,0.75,1",
            description = "Weights of the first persona; ${DEFAULT-VALUE} where not given.")
    private List<Double> weights = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Where figures and answers go, as JSON.")
    private @Nullable Path json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    EvaluatePersonaCommand(Settings settings) {
        this.settings = settings;
    }

    @Override
    public Integer call() throws Exception {
        if (limit < 1 || maxTokens < 2 || weights.stream().anyMatch(weight -> !(weight >= 0 && weight <= 1))) {
            throw new IllegalArgumentException(
                    "--limit must be at least 1, --max-tokens at least 2 and --weights between 0 and 1, but are "
                            + limit + ", " + maxTokens + " and " + weights);
        }
        List<String> asked = spread(prompts(), limit);
        PrintWriter err = spec.commandLine().getErr();
        List<Scored> scored = new ArrayList<>();
        Cost cost;
        try (ConfigurableApplicationContext context = settings.startLocal(true)) {
            Persona persona = free(context.getBean(PolicySet.class));
            ModelLoader loader = context.getBean(ModelLoader.class);
            Serving serving = Serving.start(loader.load(), PolicySet.empty(), context.getBean(SluiceProperties.class));
            List<int[]> first = new ArrayList<>();
            List<int[]> second = new ArrayList<>();
            List<Answer> answers = new ArrayList<>();
            try {
                PersonaAnswers engine = new PersonaAnswers(serving, persona, maxTokens);
                for (String prompt : asked) {
                    first.add(lane(serving, persona, prompt, 0));
                    second.add(lane(serving, persona, prompt, 1));
                    for (double weight : weights) {
                        answers.add(engine.answer(prompt, weight, true));
                    }
                    err.println("answered " + first.size() + " of " + asked.size() + " prompts");
                }
                cost = Cost.of(engine, asked);
            } finally {
                serving.onClose().run();
            }
            try (LoadedModel loaded = loader.load()) {
                for (int i = 0; i < answers.size(); i++) {
                    int prompt = i / weights.size();
                    scored.add(scored(
                            loaded.model(),
                            prompt,
                            weights.get(i % weights.size()),
                            answers.get(i),
                            first.get(prompt),
                            second.get(prompt)));
                    if (i % 20 == 19) {
                        err.println("scored " + (i + 1) + " of " + answers.size() + " answers");
                    }
                }
            }
        }
        List<Row> rows = PersonaEvaluation.rows(scored);
        spec.commandLine().getOut().print(table(rows, scored, cost));
        if (json != null) {
            Files.writeString(json, toJson(rows, scored, cost).toPrettyString() + "\n", StandardCharsets.UTF_8);
        }
        return 0;
    }

    /**
     * What lanes cost, in milliseconds a pass of one node, the median over some prompts.
     *
     * @param one lane
     * @param two lanes
     * @param apart two requests decoded together
     */
    private record Cost(double one, double two, double apart) {
        private static final int PROMPTS = 12;

        static Cost of(PersonaAnswers engine, List<String> prompts) {
            List<Double> one = new ArrayList<>();
            List<Double> two = new ArrayList<>();
            List<Double> apart = new ArrayList<>();
            for (String prompt : spread(prompts, PROMPTS)) {
                one.add(engine.answer(prompt, 1, false).perPass());
                two.add(engine.answer(prompt, 0.5, false).perPass());
                apart.add(engine.apart(prompt).stream()
                        .mapToDouble(Answer::perPass)
                        .max()
                        .orElse(0));
            }
            return new Cost(median(one), median(two), median(apart));
        }

        private static double median(List<Double> values) {
            return values.stream().sorted().toList().get(values.size() / 2);
        }
    }

    private static Scored scored(
            CausalModel model, int prompt, double weight, Answer answer, int[] first, int[] second) {
        int[] tokens = answer.tokens().stream().mapToInt(Integer::intValue).toArray();
        int[] rejected = answer.report().persona().stream()
                .mapToInt(vote -> vote.rejected().size())
                .toArray();
        return new Scored(
                prompt,
                weight,
                answer.text(),
                tokens.length,
                rejected.length == 2 ? rejected : new int[2],
                new double[] {AnswerScore.mean(model, first, tokens), AnswerScore.mean(model, second, tokens)});
    }

    private static int[] lane(Serving serving, Persona persona, String prompt, int lane) {
        List<Persona.Lane> lanes = persona.lanes();
        Map<String, Double> alone =
                Map.of(lanes.get(lane).name(), 1.0, lanes.get(1 - lane).name(), 0.0);
        return serving.lanes(persona, List.of(new ChatMessage("user", prompt)), alone)
                .lanes()
                .get(0)
                .tokens();
    }

    /** The two personas of the policy, free to take any weight. */
    private Persona free(PolicySet set) {
        Policy named = set.policies().get(policy);
        Persona persona = named == null ? null : named.persona();
        if (persona == null) {
            throw new IllegalArgumentException("--policy must name a policy with personas, but names \"" + policy
                    + "\"; policies are " + set.policies().keySet());
        }
        if (persona.mode() == Persona.Mode.RELEASE || persona.lanes().size() > 2) {
            throw new IllegalArgumentException(
                    "policy " + policy + " has " + persona.lanes().size() + " personas in mode "
                            + persona.mode().name().toLowerCase(Locale.ROOT)
                            + ", but two are measured, in modes whose weights can be chosen: mixture or product");
        }
        List<Persona.Lane> two = persona.lanes().stream()
                .limit(2)
                .map(lane -> new Persona.Lane(lane.name(), lane.system(), 0.5, new Bounds(0, 1)))
                .toList();
        return new Persona(persona.rule(), two, persona.mode());
    }

    private List<String> prompts() throws IOException {
        List<String> found = new ArrayList<>();
        int line = 0;
        for (String text : Files.readAllLines(prompts, StandardCharsets.UTF_8)) {
            line++;
            if (!text.isBlank()) {
                JsonNode node = JsonMapper.shared().readTree(text);
                JsonNode prompt =
                        Arrays.asList(
                                        node.path("prompt"),
                                        node.path("question"),
                                        node.path("turns").path(0))
                                .stream()
                                .filter(JsonNode::isString)
                                .findFirst()
                                .orElse(null);
                if (prompt == null) {
                    throw new IllegalArgumentException(
                            prompts + ":" + line + ": a line has a prompt, a question or turns, this one has none");
                }
                if (prompt.stringValue().length() <= longest) {
                    found.add(prompt.stringValue());
                }
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(prompts + " holds no prompt of at most " + longest + " characters");
        }
        return found;
    }

    private static List<String> spread(List<String> all, int most) {
        List<String> some = new ArrayList<>();
        int count = Math.min(most, all.size());
        for (int i = 0; i < count; i++) {
            some.add(all.get((int) ((long) i * all.size() / count)));
        }
        return some;
    }

    private static String table(List<Row> rows, List<Scored> scored, Cost cost) {
        StringBuilder text = new StringBuilder("%7s %8s %14s %14s %14s %14s%n"
                .formatted("weight", "answers", "log p first", "log p second", "first rejects", "second rejects"));
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "%7.2f %8d %14.3f %14.3f %13.1f%% %13.1f%%%n",
                    row.weight(),
                    row.answers(),
                    row.score()[0],
                    row.score()[1],
                    100 * row.rejected()[0],
                    100 * row.rejected()[1]));
        }
        text.append(String.format(
                Locale.ROOT,
                "the difference of the scores %s with the weight; the highest weight beats the lowest on %.0f%% of the prompts%n",
                PersonaEvaluation.isMonotonic(rows) ? "never falls" : "does not always rise",
                100 * PersonaEvaluation.shareThatFollows(scored)));
        return text.append(String.format(
                        Locale.ROOT,
                        "a pass of one node: one lane %.1f ms, two lanes %.1f ms (%.2f x), two requests %.1f ms (%.2f x)%n",
                        cost.one(),
                        cost.two(),
                        cost.two() / cost.one(),
                        cost.apart(),
                        cost.apart() / cost.one()))
                .toString();
    }

    private static ObjectNode toJson(List<Row> rows, List<Scored> scored, Cost cost) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        ArrayNode figures = root.putArray("weights");
        for (Row row : rows) {
            figures.addObject()
                    .put("weight", row.weight())
                    .put("answers", row.answers())
                    .put("log_probability_first", row.score()[0])
                    .put("log_probability_second", row.score()[1])
                    .put("rejected_first", row.rejected()[0])
                    .put("rejected_second", row.rejected()[1]);
        }
        root.put("monotonic", PersonaEvaluation.isMonotonic(rows))
                .put("share_that_follows", PersonaEvaluation.shareThatFollows(scored));
        root.putObject("milliseconds_per_pass")
                .put("one_lane", cost.one())
                .put("two_lanes", cost.two())
                .put("two_requests", cost.apart());
        ArrayNode answers = root.putArray("answers");
        scored.forEach(answer -> answers.addObject()
                .put("prompt", answer.prompt())
                .put("weight", answer.weight())
                .put("text", answer.text())
                .put("log_probability_first", answer.score()[0])
                .put("log_probability_second", answer.score()[1]));
        return root;
    }
}
