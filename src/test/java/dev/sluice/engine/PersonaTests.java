package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.persona.Persona;
import dev.sluice.hook.persona.Persona.Mode;
import dev.sluice.hook.phrase.PhraseHook;
import dev.sluice.hook.phrase.PhraseRule;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PersonaTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int VOCABULARY = TOKENIZER.vocabulary().size();

    private static ToyModel model() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 11));
    }

    private static Engine engine(ToyModel model, PolicySet policies) {
        EngineSettings settings =
                new EngineSettings(4, 512, 64, Duration.ofMinutes(5), Duration.ofSeconds(5), 16, List.of("random"), 8);
        return new Engine(
                model,
                TOKENIZER.vocabulary(),
                settings,
                () -> policies,
                (scope, names, noise, promptLength) -> ScriptedDrafters.random(VOCABULARY, 5),
                System::nanoTime);
    }

    private static GenerationRequest random(Random random, int[] prompt) {
        return Requests.random(random, prompt, VOCABULARY, 1 + random.nextInt(30), List.of("th", "a", "q u"));
    }

    private static int[] prompt(Random random) {
        return random.ints(1 + random.nextInt(40), 'a', 'z').toArray();
    }

    private static PersonaPrompt.Lane lane(String name, double share, int[] tokens) {
        return new PersonaPrompt.Lane(name, share, tokens);
    }

    private static PersonaPrompt two(Random random, int[] first, Mode mode) {
        double share = random.nextDouble();
        return new PersonaPrompt(mode, List.of(lane("one", share, first), lane("other", 1 - share, prompt(random))));
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void sameRequest_whateverDraftsAndWhoeverSharesTheBatch_sameAnswer(Mode mode) {
        List<PolicySet> policies = List.of(
                PolicySet.empty(),
                ToyHooks.bound(
                        false,
                        List.of(ToyHooks.head(1, 0.4, 5, 0.97, false)),
                        ToyHooks.rejectAfter(t -> t % 3 == 0, t -> t % 2 == 0),
                        ToyHooks.penalizeAfter(t -> t % 5 == 0, t -> t % 4 == 1, 1.5),
                        ToyHooks.rewindPair(t -> t % 3 == 0, t -> t % 3 == 1, 64)));
        for (PolicySet set : policies) {
            Random random = new Random(17);
            List<GenerationRequest> requests = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int[] first = prompt(random);
                requests.add(random(random, first).ofPersona(two(random, first, mode)));
            }
            List<Object> plain = new ArrayList<>();
            try (Engine engine = engine(model(), set)) {
                for (GenerationRequest request : requests) {
                    plain.add(outcome(engine, request, 0));
                }
            }
            for (int nodes : new int[] {1, 8, -1}) {
                ToyModel model = model();
                try (Engine engine = engine(model, set)) {
                    List<Answers> running = new ArrayList<>();
                    for (GenerationRequest request : requests) {
                        running.add(Answers.of(engine.submit(speculating(request, nodes))));
                    }
                    for (int i = 0; i < requests.size(); i++) {
                        assertThat(outcome(running.get(i).await(), requests.get(i)))
                                .as("%s request %d, %d nodes", mode, i, nodes)
                                .isEqualTo(plain.get(i));
                    }
                }
                assertThat(model.isClosed()).isTrue();
            }
        }
    }

    private static GenerationRequest speculating(GenerationRequest request, int nodes) {
        GenerationRequest with = Requests.speculating(request, nodes, "random");
        PersonaPrompt persona = request.persona();
        return persona == null ? with : with.ofPersona(persona);
    }

    private static Object outcome(Engine engine, GenerationRequest request, int nodes) {
        return outcome(Answers.of(engine.submit(speculating(request, nodes))).await(), request);
    }

    private static Object outcome(Answers answers, GenerationRequest request) {
        List<Object> all = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            Answers.Choice one = answers.choice(choice);
            all.add(List.of(
                    one.text(),
                    one.ids(),
                    String.valueOf(one.reason()),
                    one.tokens().stream().map(t -> String.valueOf(t.logprob())).toList()));
        }
        all.add(answers.report().interventions());
        all.add(answers.report().persona());
        return all;
    }

    @Test
    void aMaskedToken_isNoDefectOfALaneThatWouldHaveChosenIt() {
        PolicySet policies = ToyHooks.bound(
                false,
                PhraseHook.compile(List.of(new PhraseRule(
                        new RuleId("toy", "vowels"),
                        List.of("a", "e", "i", "o", "u", "n", "t"),
                        null,
                        PhraseRule.Match.EXACT,
                        PhraseRule.OnMatch.REJECT,
                        false,
                        null,
                        64))));
        Random random = new Random(12);
        try (Engine engine = engine(model(), policies)) {
            for (int i = 0; i < 10; i++) {
                int[] first = prompt(random);
                GenerationRequest request = Requests.greedy(first, 20).ofPersona(two(random, first, Mode.MIXTURE));
                Answers answers = Answers.of(engine.submit(request)).await();
                assertThat(answers.error).isNull();
                assertThat(answers.choice(0).text()).doesNotContainPattern("[aeiount]");
            }
        }
    }

    @Test
    void equalLanes_areTheUnmixedAnswer_andRejectNothing() {
        Random random = new Random(5);
        try (Engine engine = engine(model(), PolicySet.empty())) {
            for (int i = 0; i < 20; i++) {
                int[] prompt = prompt(random);
                GenerationRequest request = withoutRepetition(random(random, prompt));
                List<Object> plain = new ArrayList<>();
                List<Object> mixed = new ArrayList<>();
                Answers one = Answers.of(engine.submit(request)).await();
                PersonaPrompt equal = new PersonaPrompt(
                        Mode.MIXTURE, List.of(lane("a", 0.3, prompt), lane("b", 0.7, prompt.clone())));
                Answers two =
                        Answers.of(engine.submit(request.ofPersona(equal))).await();
                for (int choice = 0; choice < request.choices(); choice++) {
                    plain.add(one.choice(choice).ids());
                    mixed.add(two.choice(choice).ids());
                }
                assertThat(mixed).as("request %d", i).isEqualTo(plain);
                assertThat(two.report().persona())
                        .hasSize(2 * request.choices())
                        .allMatch(vote -> vote.rejected().isEmpty());
            }
        }
    }

    /** With several lanes the repetition penalty counts the answer alone. */
    private static GenerationRequest withoutRepetition(GenerationRequest request) {
        var s = request.sampling();
        return new GenerationRequest(
                request.prompt(),
                new dev.sluice.decode.SamplingParameters(
                        s.temperature(),
                        s.topK(),
                        s.topP(),
                        s.minP(),
                        1,
                        1,
                        s.presencePenalty(),
                        s.frequencyPenalty(),
                        s.logitBias(),
                        s.seed()),
                request.maxTokens(),
                request.stop(),
                request.choices(),
                null,
                request.policies(),
                null,
                true,
                GenerationRequest.SHARED);
    }

    @Test
    void aLaneAlone_isAPlainRequest() {
        Random random = new Random(6);
        try (Engine engine = engine(model(), PolicySet.empty())) {
            for (int i = 0; i < 10; i++) {
                int[] prompt = prompt(random);
                GenerationRequest request = random(random, prompt);
                PersonaPrompt alone = new PersonaPrompt(Mode.MIXTURE, List.of(lane("a", 1, prompt)));
                assertThat(outcome(engine, request.ofPersona(alone), 8)).isEqualTo(outcome(engine, request, 8));
            }
        }
    }

    @Test
    void aPolicyOfPersonas_refusesARequestWithoutLanes() {
        PolicySet policies = ToyHooks.bound(new Persona(
                new RuleId("toy", "tone"),
                List.of(new Persona.Lane("a", "x", 0.5, null), new Persona.Lane("b", "y", 0.5, null)),
                Mode.MIXTURE));
        try (Engine engine = engine(model(), policies)) {
            Assertions.assertThatThrownBy(() -> engine.submit(Requests.greedy(new int[] {'a'}, 3)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("conversations only");
        }
    }

    @Test
    void weights_areHeldWithinTheBoundsOfThePolicy() {
        Persona persona = new Persona(
                new RuleId("p", "tone"),
                List.of(
                        new Persona.Lane("a", "x", 1, new Persona.Bounds(0, 3)),
                        new Persona.Lane("b", "y", 1, null),
                        new Persona.Lane("c", "z", 2, new Persona.Bounds(0.5, 3))),
                Mode.MIXTURE);
        assertThat(persona.shares(Map.of()).values()).containsExactly(0.25, 0.25, 0.5);
        assertThat(persona.shares(Map.of("a", 0.0, "c", 3.0)).values()).containsExactly(0.25, 0.75);
        for (Map<String, Double> wrong : List.of(
                Map.of("a", 3.5), Map.of("b", 1.0), Map.of("c", 0.0), Map.of("d", 1.0), Map.of("a", Double.NaN))) {
            Assertions.assertThatIllegalArgumentException().isThrownBy(() -> persona.shares(wrong));
        }
    }

    @Test
    void theReleasedSchedule_changesRolesAfterTheFirstBlock() {
        double[] shares = {0.5, 0.5};
        assertThat(Persona.weightsAt(Mode.RELEASE, shares, 4)).containsExactly(0.66, 1 - 0.66);
        assertThat(Persona.weightsAt(Mode.RELEASE, shares, 5)).containsExactly(1 - 0.66, 0.66);
        assertThat(Persona.weightsAt(Mode.MIXTURE, shares, 5)).isSameAs(shares);
    }

    @Test
    void votes_nameTheTokensThatALaneAloneWouldNotHaveChosen() {
        Random random = new Random(8);
        try (Engine engine = engine(model(), PolicySet.empty())) {
            int rejected = 0;
            for (int i = 0; i < 10; i++) {
                int[] first = prompt(random);
                int[] second = prompt(random);
                GenerationRequest request = Requests.greedy(first, 20);
                PersonaPrompt lanes = new PersonaPrompt(
                        Mode.MIXTURE, List.of(lane("a", 0.999999, first), lane("b", 0.000001, second)));
                Answers mixed =
                        Answers.of(engine.submit(request.ofPersona(lanes))).await();
                List<Integer> own =
                        Answers.of(engine.submit(request)).await().choice(0).ids();
                assertThat(mixed.choice(0).ids()).isEqualTo(own);
                assertThat(mixed.report().persona().get(0).rejected()).isEmpty();
                rejected += mixed.report().persona().get(1).rejected().size();
            }
            assertThat(rejected).isPositive();
        }
    }

    @Test
    void headsReadTheFirstLane() {
        AcceptanceHead head = ToyHooks.head(3, 0.4, 5, 1, false);
        PolicySet policies = ToyHooks.bound(false, List.of(head));
        Random random = new Random(9);
        int[] prompt = prompt(random);
        PersonaPrompt equal =
                new PersonaPrompt(Mode.MIXTURE, List.of(lane("a", 0.5, prompt), lane("b", 0.5, prompt.clone())));
        try (Engine engine = engine(model(), policies)) {
            GenerationRequest request = Requests.greedy(prompt, 20);
            Answers one = Answers.of(engine.submit(request)).await();
            Answers two = Answers.of(engine.submit(request.ofPersona(equal))).await();
            assertThat(two.choice(0).ids()).isEqualTo(one.choice(0).ids());
            assertThat(two.report().interventions()).isEqualTo(one.report().interventions());
        }
    }
}
