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
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.token.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Promises 1 and 3 on the real model: identical tokens, no tolerance. */
@Tag("model")
class RealModelIdentityTests {
    /** Requests of a case. */
    private static final int GROUP = 8;

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
    /** Settings that each request is decoded with. */
    private static final int ROUNDS = 4;

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

    private static List<GenerationRequest> requests(Tokenizer tokenizer, int number) {
        Random random = new Random(20_261_124 + number);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < GROUP; i++) {
            int[] prompt = tokenizer.encode(PROMPTS.get(i % PROMPTS.size()), true);
            requests.add(Requests.random(
                    random, prompt, tokenizer.vocabulary().size(), MAX_TOKENS, List.of("\n\n", ".", " a")));
        }
        return requests;
    }

    private static List<Object> outcome(Answers answers, GenerationRequest request) {
        List<Object> all = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            all.add(answers.choice(choice).ids());
            all.add(answers.choice(choice).text());
            all.add(String.valueOf(answers.choice(choice).reason()));
        }
        all.add(answers.report().interventions());
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"int4", "float32", "int8", "bfloat16", "float16"})
    void same_request_same_tokens_whatever_the_tree_and_the_batch(String precision) {
        int sample = switch (precision) {
            case "int4" -> 2;
            case "float32" -> 1;
            default -> 0;
        };
        Iterator<Integer> cases = Series.of("identity-" + precision, sample, 38).iterator();
        try (RealModel loaded = RealModel.load(Precision.valueOf(precision.toUpperCase(Locale.ROOT)))) {
            assumeTrue(
                    loaded.model().description().identity() == Identity.EXACT,
                    "this machine's kernels are not exact at " + precision + ": identity holds up to rounding");
            int inert = 0;
            while (cases.hasNext()) {
                int number = cases.next();
                List<GenerationRequest> requests = requests(loaded.tokenizer(), number);
                List<Answers> free = compared(loaded, requests, PolicySet.empty(), number);
                List<Answers> guarded = compared(loaded, requests, phrases(), number);
                for (int i = 0; i < GROUP; i++) {
                    for (int choice = 0; choice < requests.get(i).choices(); choice++) {
                        assertInert(free.get(i), guarded.get(i), choice, "case " + number + ", request " + i);
                        inert++;
                    }
                }
            }
            System.out.printf("%s: in %d answers a guard changed nothing but where it says so%n", precision, inert);
        }
    }

    /** Plain answers, after every draw of drafters, nodes and batch mates gave the same. */
    private static List<Answers> compared(
            RealModel loaded, List<GenerationRequest> requests, PolicySet policies, int number) {
        EngineSettings settings = new EngineSettings(
                8, 512, 64, Duration.ofMinutes(30), Duration.ofMinutes(30), 24, List.of("prompt-lookup"), 4);
        try (Engine engine = new Engine(loaded.shared(), loaded.tokenizer().vocabulary(), settings, () -> policies)) {
            List<Answers> plain = new ArrayList<>();
            for (GenerationRequest request : requests) {
                plain.add(Answers.of(engine.submit(Requests.speculating(request, 0)))
                        .await());
            }
            for (int round = 0; round < ROUNDS; round++) {
                List<Answers> running = new ArrayList<>();
                for (int i = 0; i < GROUP; i++) {
                    // A square in which every request meets other nodes, drafters and company in each round.
                    int draw = i + 2 * round + number;
                    Answers answers = Answers.of(engine.submit(Requests.speculating(
                            requests.get(i), NODES[draw % NODES.length], DRAFTERS[(i + round) % DRAFTERS.length])));
                    running.add(answers);
                    if ((i + number) % ROUNDS == round) {
                        running.forEach(Answers::await);
                    }
                }
                for (int i = 0; i < GROUP; i++) {
                    assertThat(outcome(running.get(i).await(), requests.get(i)))
                            .as(
                                    "./mvnw verify -Dit.test=RealModelIdentityTests -Dsluice.tests.case=%d: request %d,"
                                            + " round %d, revision %s",
                                    number, i, round, policies.revision())
                            .isEqualTo(outcome(plain.get(i), requests.get(i)));
                }
            }
            return plain;
        }
    }

    /** The first token that differs is one a guard answers for; without a word of the guard none differs. */
    private static void assertInert(Answers free, Answers guarded, int choice, String where) {
        List<Integer> without = free.choice(choice).ids();
        List<Integer> with = guarded.choice(choice).ids();
        int same = 0;
        while (same < Math.min(without.size(), with.size()) && without.get(same).equals(with.get(same))) {
            same++;
        }
        List<Integer> touched = guarded.report().interventions().stream()
                .filter(act -> act.choice() == choice)
                .map(Report.Intervention::position)
                .toList();
        if (same < Math.max(without.size(), with.size())) {
            assertThat(touched).as("interventions of %s", where).contains(same);
        }
    }
}
