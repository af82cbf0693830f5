package dev.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.Verdict;
import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.model.CacheScope;
import dev.sluice.policy.PolicySet;
import dev.sluice.testkit.ByteTokenizer;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyHooks;
import dev.sluice.testkit.ToyModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Promise 1 on a toy model: nothing but prompt, settings, policies and seed decides the tokens. */
class EngineIdentityTests {
    private static final ByteTokenizer TOKENIZER = new ByteTokenizer();
    private static final int VOCABULARY = TOKENIZER.vocabulary().size();
    private static final int GROUP = 20;

    private static Engine engine(ToyModel model, PolicySet policies, DrafterFactory drafters) {
        EngineSettings settings = new EngineSettings(
                8, 512, 64, Duration.ofMinutes(5), Duration.ofSeconds(5), 7, List.of("prompt-lookup"), 4);
        return new Engine(model, TOKENIZER.vocabulary(), settings, () -> policies, drafters, System::nanoTime);
    }

    private static ToyModel model() {
        return new ToyModel(ToyModel.Settings.of(TOKENIZER.vocabulary(), 11));
    }

    private static Drafter drafters(CacheScope scope, List<String> names, DraftNoise noise, int promptLength) {
        Drafter random = ScriptedDrafters.random(VOCABULARY, 5);
        Drafter banned = ScriptedDrafters.banned('b', 'c', ByteTokenizer.PAD, 'a');
        return ScriptedDrafters.of("scripted", (context, tree) -> {
            if (names.contains("banned")) {
                banned.grow(context, tree);
            }
            if (names.contains("random")) {
                random.grow(context, tree);
            }
        });
    }

    /** The drafters that ship, each alone and all together, as well as hostile ones. */
    private static DrafterFactory shipped(ToyModel draft) {
        DraftModel asked = new DraftModel(draft, TOKENIZER.vocabulary(), System::nanoTime);
        DrafterFactory shipped = new TenantMemories(new SuccessorTable(VOCABULARY), 1 << 20, asked);
        return new DrafterFactory() {
            @Override
            public Drafter create(CacheScope scope, List<String> names, DraftNoise noise, int promptLength) {
                return names.contains("random")
                        ? drafters(scope, names, noise, promptLength)
                        : shipped.create(scope, names, noise, promptLength);
            }

            @Override
            public void close() {
                shipped.close();
            }
        };
    }

    /** A draft model with memory for three requests or so: the target's twin, or another that is of no use. */
    private static ToyModel draft(int number) {
        return new ToyModel(
                ToyModel.Settings.of(TOKENIZER.vocabulary(), 11 + number % 2).withPool(16, 16));
    }

    private static List<PolicySet> policies() {
        return List.of(
                PolicySet.empty(),
                ToyHooks.bound(
                        false,
                        ToyHooks.rejectAfter(t -> t % 3 == 0, t -> t % 2 == 0),
                        ToyHooks.penalizeAfter(t -> t % 5 == 0, t -> t % 4 == 1, 1.5)),
                ToyHooks.bound(false, ToyHooks.rewindPair(t -> t % 3 == 0, t -> t % 3 == 1, 64)),
                ToyHooks.bound(false, ToyHooks.rewindPair(t -> t % 2 == 0, t -> t % 3 == 1, 2)),
                ToyHooks.bound(true, ToyHooks.rewindPair(t -> t % 3 == 0, t -> t % 3 == 1, 64)),
                ToyHooks.bound(
                        false,
                        List.of(ToyHooks.head(1, 0.4, 5, 0.97, false), ToyHooks.head(2, 0.2, 9, 1, false)),
                        ToyHooks.rejectAfter(t -> t % 3 == 0, t -> t % 2 == 0),
                        ToyHooks.penalizeAfter(t -> t % 5 == 0, t -> t % 4 == 1, 1.5),
                        ToyHooks.rewindPair(t -> t % 3 == 0, t -> t % 3 == 1, 64)),
                ToyHooks.bound(false, List.of(ToyHooks.head(3, 0.5, 40, 0.95, true))),
                ToyHooks.bound(true, List.of(ToyHooks.head(4, 0.5, 40, 1, false))));
    }

    private static List<GenerationRequest> requests(long seed, int count) {
        Random random = new Random(seed);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] prompt = random.ints(1 + random.nextInt(40), 'a', 'z').toArray();
            requests.add(Requests.random(
                    random, prompt, VOCABULARY, 1 + random.nextInt(40), List.of("th", "a", "q u", "xyz")));
        }
        return requests;
    }

    private static List<Object> outcome(Answers answers, int choices) {
        List<Object> all = new ArrayList<>();
        for (int choice = 0; choice < choices; choice++) {
            Answers.Choice one = answers.choice(choice);
            all.add(List.of(
                    one.text(),
                    one.ids(),
                    String.valueOf(one.reason()),
                    one.tokens().stream()
                            .map(token -> token.logprob() + " " + alternatives(token))
                            .toList()));
        }
        all.add(answers.report().interventions());
        return all;
    }

    private static List<String> alternatives(GenerationEvent.ReleasedToken token) {
        return token.top() == null
                ? List.of()
                : token.top().stream()
                        .map(other -> other.id() + ":" + other.logprob())
                        .toList();
    }

    @Test
    void manyLargeTrees_shareThePass() {
        EngineSettings settings = new EngineSettings(
                12, 512, 64, Duration.ofMinutes(5), Duration.ofSeconds(5), 64, List.of("random"), 64);
        ToyModel model = model();
        try (Engine engine = new Engine(
                model,
                TOKENIZER.vocabulary(),
                settings,
                PolicySet::empty,
                (scope, names, noise, promptLength) -> ScriptedDrafters.random(VOCABULARY, 5),
                System::nanoTime)) {
            List<Answers> running = new ArrayList<>();
            for (GenerationRequest request : requests(7, 24)) {
                running.add(Answers.of(engine.submit(Requests.speculating(request, 64, "random"))));
            }
            for (Answers answers : running) {
                assertThat(answers.await().choice(0).reason()).isNotNull();
            }
        }
    }

    @Test
    void sameRequest_whateverDraftsAndWhoeverSharesTheBatch_sameAnswer() {
        int acted = 0;
        Series groups = Series.of("engine-identity", 3, 100);
        for (int group : groups) {
            acted += rewindsOf(424_242 + group);
        }
        if (groups.isTelling()) {
            assertThat(acted).as("rewinds").isGreaterThan(50);
        }
    }

    /** Runs a group of requests plainly and with drafts, compares, and counts the rewinds. */
    private static int rewindsOf(long seed) {
        int acted = 0;
        for (PolicySet policies : policies()) {
            List<GenerationRequest> requests = requests(seed, GROUP);
            List<List<Object>> plain = new ArrayList<>();
            int rewinds = 0;
            try (Engine engine = engine(model(), policies, EngineIdentityTests::drafters)) {
                for (GenerationRequest request : requests) {
                    Answers answers = Answers.of(engine.submit(Requests.speculating(request, 0)))
                            .await();
                    plain.add(outcome(answers, request.choices()));
                    rewinds += (int) answers.report().interventions().stream()
                            .filter(intervention -> intervention.kind().equals("rewind"))
                            .count();
                }
            }
            acted += rewinds;
            String[][] drafters = {
                {"random"},
                {"random", "banned"},
                {"prompt-lookup"},
                {"token-recycling"},
                {"prompt-lookup", "token-recycling"},
                {"model"},
                {"model", "prompt-lookup", "token-recycling"}
            };
            for (int nodes : new int[] {1, 4, 16, 64, Speculation.AUTO}) {
                ToyModel draft = draft(nodes + 1);
                try (Engine engine = engine(model(), policies, shipped(draft))) {
                    List<Answers> running = new ArrayList<>();
                    for (int i = 0; i < requests.size(); i++) {
                        running.add(Answers.of(engine.submit(
                                Requests.speculating(requests.get(i), nodes, drafters[i % drafters.length]))));
                        if (running.size() % 8 == 0) {
                            running.get(running.size() - 8).await();
                        }
                    }
                    for (int i = 0; i < requests.size(); i++) {
                        assertThat(outcome(
                                        running.get(i).await(), requests.get(i).choices()))
                                .as("seed %d request %d nodes %d", seed, i, nodes)
                                .isEqualTo(plain.get(i));
                    }
                }
                assertThat(draft.isClosed()).isTrue();
                assertThat(draft.passes()).isPositive();
            }
        }
        return acted;
    }

    @Test
    void guardOn_firstDifferenceFromGuardOff_isARecordedIntervention() {
        long seed = 99;
        int acted = 0;
        for (PolicySet policies : policies().subList(1, 4)) {
            try (Engine off = engine(model(), PolicySet.empty(), EngineIdentityTests::drafters);
                    Engine on = engine(model(), policies, EngineIdentityTests::drafters)) {
                for (GenerationRequest request : requests(seed, 60)) {
                    Answers free = Answers.of(off.submit(Requests.speculating(request, 4, "random")))
                            .await();
                    Answers guarded = Answers.of(on.submit(Requests.speculating(request, 4, "random")))
                            .await();
                    for (int choice = 0; choice < request.choices(); choice++) {
                        int at = firstDifference(
                                free.choice(choice).ids(),
                                guarded.choice(choice).ids());
                        int index = choice;
                        List<Integer> positions = guarded.report().interventions().stream()
                                .filter(intervention -> intervention.choice() == index)
                                .map(Report.Intervention::position)
                                .toList();
                        // Withheld tokens leave a gap that an equal next token may hide for a while.
                        boolean gap = guarded.report().interventions().stream()
                                .anyMatch(act ->
                                        act.choice() == index && act.kind().equals("withheld") && act.position() <= at);
                        if (at >= 0 && !gap) {
                            assertThat(positions).contains(at);
                            acted++;
                        }
                    }
                }
            }
        }
        assertThat(acted).isGreaterThan(10);
    }

    @Test
    void shadow_changesNothing_andReports() {
        GenerationRequest request = requests(3, 1).get(0);
        List<Object> free;
        try (Engine engine = engine(model(), PolicySet.empty(), EngineIdentityTests::drafters)) {
            Answers answers = Answers.of(engine.submit(request)).await();
            free = outcome(answers, request.choices()).subList(0, request.choices());
        }
        PolicySet all = ToyHooks.bound(
                true,
                ToyHooks.hook((previous, length, token) ->
                        new Verdict.Reject(new dev.sluice.decode.RuleId("toy", "all"), "reject")));
        try (Engine engine = engine(model(), all, EngineIdentityTests::drafters)) {
            Answers answers = Answers.of(engine.submit(request)).await();
            assertThat(outcome(answers, request.choices()).subList(0, request.choices()))
                    .isEqualTo(free);
            assertThat(answers.report().interventions())
                    .isNotEmpty()
                    .allMatch(intervention -> intervention.kind().equals("shadow"));
        }
    }

    private static int firstDifference(List<Integer> a, List<Integer> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            if (!a.get(i).equals(b.get(i))) {
                return i;
            }
        }
        return a.size() == b.size() ? -1 : Math.min(a.size(), b.size());
    }
}
