package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.align.AcceptanceHead.Fallback;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The walk with acceptance heads against a plain one: candidate after candidate, each run and judged alone. */
class AcceptanceWalkTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int LENGTH = 30;

    private static ToyModel model() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 11));
    }

    private static Answers answer(PolicySet policies, GenerationRequest request) {
        EngineSettings settings =
                new EngineSettings(4, 512, 16, Duration.ofMinutes(5), Duration.ofSeconds(5), 16, List.of("random"), 8);
        try (Engine engine = new Engine(
                model(),
                TOKENIZER.vocabulary(),
                settings,
                () -> policies,
                (scope, names, noise, promptLength) ->
                        ScriptedDrafters.random(TOKENIZER.vocabulary().size(), 5),
                System::nanoTime)) {
            return Answers.of(engine.submit(request)).await();
        }
    }

    private static GenerationRequest request(int prompt) {
        int[] tokens = {'a' + prompt, 'b', 'c'};
        return Requests.greedy(tokens, LENGTH);
    }

    /** What the law says, the slow way: greedy. */
    private static List<Integer> plainly(AcceptanceHead head, int[] prompt) {
        ToyModel model = model();
        int[] context = prompt;
        List<Integer> answer = new ArrayList<>();
        while (answer.size() < LENGTH) {
            float[] row = model.language().logits(context);
            for (int token = 0; token < row.length; token++) {
                if (TOKENIZER.vocabulary().isMasked(token)) {
                    row[token] = Float.NEGATIVE_INFINITY;
                }
            }
            double sum = IntStream.range(0, row.length)
                    .mapToDouble(token -> Math.exp(row[token]))
                    .sum();
            List<Integer> sorted = IntStream.range(0, row.length)
                    .boxed()
                    .sorted((a, b) -> Float.compare(row[b], row[a]))
                    .toList();
            int count = 0;
            for (double mass = 0; count < head.topK() && mass < head.topP(); count++) {
                mass += Math.exp(row[sorted.get(count)]) / sum;
            }
            int chosen = sorted.get(head.fallback() == Fallback.FIRST ? 0 : count - 1);
            for (int i = 0; i < count && count > 1; i++) {
                int[] with = append(context, sorted.get(i));
                float[] verdict = head.network().apply(model.hidden(with));
                if (verdict[1] > verdict[0]) {
                    chosen = sorted.get(i);
                    break;
                }
            }
            answer.add(chosen);
            context = append(context, chosen);
            if (TOKENIZER.vocabulary().endsTurn(chosen)) {
                break;
            }
        }
        return answer;
    }

    private static int[] append(int[] context, int token) {
        int[] longer = Arrays.copyOf(context, context.length + 1);
        longer[context.length] = token;
        return longer;
    }

    @ParameterizedTest
    @CsvSource({"0.1,5,0.95", "0.5,40,0.95", "0.5,2,1", "0.9,8,0.9", "0.5,1,1", "1.5,6,1"})
    void greedyAnswers_areThoseOfThePlainWalk(double rejected, int topK, double topP) {
        for (Fallback fallback : Fallback.values()) {
            AcceptanceHead toy = ToyHooks.head(7, rejected, topK, topP, false);
            AcceptanceHead head = new AcceptanceHead(toy.rule(), toy.network(), topK, topP, fallback, false);
            PolicySet policies = ToyHooks.bound(false, List.of(head));
            for (int prompt = 0; prompt < 6; prompt++) {
                GenerationRequest request = request(prompt);
                List<Integer> expected = plainly(head, request.prompt());
                for (int nodes : new int[] {0, 1, 8}) {
                    Answers found = answer(policies, Requests.speculating(request, nodes, "random"));
                    assertThat(found.choice(0).ids())
                            .as("%s rejected %s, %s candidates to %s, %s nodes", fallback, rejected, topK, topP, nodes)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void headsThatAcceptOrRejectAll_changeNothing() {
        SamplingParameters sampling = new SamplingParameters(0.9, 20, 0.95, 0, 1, 1, 0, 0, Map.of(), 5);
        GenerationRequest request = Requests.of(new int[] {'x', 'y'}, sampling, LENGTH);
        Answers free = answer(PolicySet.empty(), request);
        for (double rejected : new double[] {-4, 5}) {
            PolicySet policies = ToyHooks.bound(false, List.of(ToyHooks.head(7, rejected, 40, 0.95, false)));
            Answers guarded = answer(policies, request);
            assertThat(guarded.choice(0).ids()).isEqualTo(free.choice(0).ids());
            assertThat(guarded.report().interventions()).isEmpty();
        }
    }

    @Test
    void theFirstDifference_isARecordedRejection() {
        SamplingParameters sampling = new SamplingParameters(0.9, 20, 1, 0, 1, 1, 0, 0, Map.of(), 5);
        int differing = 0;
        for (int prompt = 0; prompt < 10; prompt++) {
            GenerationRequest request = Requests.of(new int[] {'a' + prompt, 'y'}, sampling, LENGTH);
            List<Integer> free = answer(PolicySet.empty(), request).choice(0).ids();
            PolicySet policies = ToyHooks.bound(false, List.of(ToyHooks.head(7, 0.3, 40, 1, false)));
            Answers guarded = answer(policies, request);
            List<Integer> ids = guarded.choice(0).ids();
            for (int i = 0; i < Math.min(free.size(), ids.size()); i++) {
                if (!free.get(i).equals(ids.get(i))) {
                    int at = i;
                    assertThat(guarded.report().interventions())
                            .anyMatch(act -> act.position() == at && act.kind().equals("head"));
                    differing++;
                    break;
                }
            }
        }
        assertThat(differing).isPositive();
    }

    @Test
    void withoutDrafts_aPassIsRunForEachCandidateJudged() {
        AcceptanceHead head = ToyHooks.head(7, 0.4, 40, 1, false);
        GenerationRequest request = request(1);
        Answers found = answer(ToyHooks.bound(false, List.of(head)), Requests.speculating(request, 0));
        long rejections = found.report().interventions().stream()
                .filter(act -> act.kind().equals("head"))
                .count();
        assertThat(rejections).isPositive();
        assertThat((long) found.report().passes())
                .isGreaterThanOrEqualTo(found.report().completionTokens())
                .isLessThanOrEqualTo(40L * LENGTH);
    }
}
