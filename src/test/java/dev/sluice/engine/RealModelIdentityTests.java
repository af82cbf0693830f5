package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.hook.phrase.PhraseRule.Match;
import dev.sluice.hook.phrase.PhraseRule.OnMatch;
import dev.sluice.model.ModelDescription.Identity;
import dev.sluice.model.torch.Precision;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.RealModel;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.token.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promises 1 and 3 on the real model: identical tokens, no tolerance. */
@Tag("model")
class RealModelIdentityTests {
    private static final boolean THOROUGH = "thorough".equals(System.getProperty("sluice.tests.scale"));
    private static final long SEED = Long.getLong("sluice.tests.seed", 20261124);
    private static final int REQUESTS = Integer.getInteger("sluice.tests.count", THOROUGH ? 300 : 16);
    private static final int MAX_TOKENS = 24;
    private static final List<String> PROMPTS = List.of(
            "The capital of France is",
            "Write a list of the numbers from one to twenty in words: one, two, three,",
            "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
            "Summarise: The cat sat on the mat. The cat sat on the mat because the mat was warm. Summary: The cat",
            "Question: What is the largest ocean?\nAnswer:",
            "Once upon a time there was a project called Project Night",
            "Translate to French: Good morning, my friend. Good morning, my friend. Bon",
            "{\"name\": \"Ada\", \"age\": 36, \"name\": \"Ada\", \"age\":");
    private static final String[][] DRAFTERS = {
        {"prompt-lookup"}, {"token-recycling"}, {"prompt-lookup", "token-recycling"}
    };
    private static final int[] NODES = {1, 4, 8, 16, 32, GenerationRequest.Speculation.AUTO};

    private static PolicySet phrases() {
        List<PhraseRule> rules = new ArrayList<>();
        List<String> ban = List.of("the", "is", "Paris", "one", "return", "cat", "my friend", "age", "and", "Nightjar");
        for (int i = 0; i < ban.size(); i++) {
            rules.add(new PhraseRule(
                    new RuleId("toy", "r" + i),
                    List.of(ban.get(i)),
                    null,
                    Match.FOLDED,
                    i % 3 == 0 ? OnMatch.REJECT : OnMatch.REWIND,
                    i % 2 == 0,
                    null,
                    i % 5 == 1 ? 1 : 64));
        }
        return ToyHooks.bound(false, PhraseHook.compile(rules));
    }

    private static List<GenerationRequest> requests(Tokenizer tokenizer) {
        Random random = new Random(SEED);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            int[] prompt = tokenizer.encode(PROMPTS.get(i % PROMPTS.size()), true);
            requests.add(Requests.random(
                    random, prompt, tokenizer.vocabulary().size(), MAX_TOKENS, List.of("\n\n", ".", " a")));
        }
        return requests;
    }

    private static List<Object> outcome(Answers answers, GenerationRequest request, boolean interventions) {
        List<Object> all = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            all.add(answers.choice(choice).ids());
            all.add(answers.choice(choice).text());
            all.add(String.valueOf(answers.choice(choice).reason()));
        }
        if (interventions) {
            all.add(answers.report().interventions());
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"int4", "float32"})
    void sameRequest_sameTokens_whateverTheTreeAndTheBatch(String precision) {
        try (RealModel loaded = RealModel.load(Precision.valueOf(precision.toUpperCase(Locale.ROOT)))) {
            assumeTrue(
                    loaded.model().description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
            List<GenerationRequest> requests = requests(loaded.tokenizer());
            EngineSettings settings = new EngineSettings(
                    8, 512, 64, Duration.ofMinutes(30), Duration.ofMinutes(30), 24, List.of("prompt-lookup"), 4);
            PolicySet guarded = phrases();
            for (PolicySet policies : List.of(PolicySet.empty(), guarded)) {
                List<List<Object>> plain = new ArrayList<>();
                try (Engine engine =
                        new Engine(loaded.shared(), loaded.tokenizer().vocabulary(), settings, () -> policies)) {
                    for (GenerationRequest request : requests) {
                        plain.add(outcome(
                                Answers.of(engine.submit(Requests.speculating(request, 0)))
                                        .await(),
                                request,
                                true));
                    }
                    int[] rotated = new Random(SEED).ints(REQUESTS, 0, 1 << 20).toArray();
                    for (int round = 0; round < (THOROUGH ? 4 : 2); round++) {
                        List<Answers> running = new ArrayList<>();
                        for (int i = 0; i < REQUESTS; i++) {
                            int draw = rotated[i] + round;
                            running.add(Answers.of(engine.submit(Requests.speculating(
                                    requests.get(i),
                                    NODES[draw % NODES.length],
                                    DRAFTERS[(draw / NODES.length) % 3]))));
                            boolean alone = (draw / (3 * NODES.length)) % 3 == 0;
                            if (alone || running.size() >= 8) {
                                running.forEach(Answers::await);
                            }
                        }
                        for (int i = 0; i < REQUESTS; i++) {
                            assertThat(outcome(running.get(i).await(), requests.get(i), true))
                                    .as(
                                            "./mvnw verify -Dit.test=RealModelIdentityTests -Dsluice.tests.seed=%d"
                                                    + " -Dsluice.tests.count=%d: request %d round %d at %s, %s",
                                            SEED, REQUESTS, i, round, precision, policies.revision())
                                    .isEqualTo(plain.get(i));
                        }
                    }
                }
            }
        }
    }
}
