package dev.sluice.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.decode.ToyDecoder.Answer;
import dev.sluice.decode.ToyDecoder.Bug;
import dev.sluice.draft.DraftMemory;
import dev.sluice.draft.DraftNoise;
import dev.sluice.draft.Drafter;
import dev.sluice.draft.Drafters;
import dev.sluice.draft.SuccessorTable;
import dev.sluice.testkit.ScriptedDrafters;
import dev.sluice.testkit.Series;
import dev.sluice.testkit.ToyModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Same request and seed: the same tokens with every drafter and tree, and as the law written down plainly gives them. */
class SeedReplayTests {
    private static final int[] BUDGETS = {1, 4, 16, 63};

    @Test
    void plain_decoding_equals_the_law_written_down_plainly() {
        int rewinds = 0;
        int deadEnds = 0;
        Series requests = Series.of("replay-plainly", 300, 5_000);
        for (int seed : requests) {
            Case request = new Case(seed);
            Answer plain = request.decoder(request.guard, Bug.NONE).decode(request.prompt, ScriptedDrafters.empty(), 0);
            assertThat(plain.tokens()).as("request of seed %s", seed).isEqualTo(request.naive());
            rewinds += request.naiveRewinds;
            deadEnds += plain.tokens().contains(ToyDecoder.DEAD_END) ? 1 : 0;
        }
        if (requests.isTelling()) {
            assertThat(rewinds).isGreaterThan(requests.ran() / 4);
            assertThat(deadEnds).isPositive();
        }
    }

    @Test
    void no_drafter_and_no_budget_changes_a_token() {
        int saved = 0;
        Series requests = Series.of("replay-drafted", 300, 5_000);
        for (int seed : requests) {
            Case request = new Case(seed);
            Answer plain = request.decoder(request.guard, Bug.NONE).decode(request.prompt, ScriptedDrafters.empty(), 0);
            for (Drafter drafter : request.drafters(plain.tokens())) {
                for (int budget : BUDGETS) {
                    Answer answer = request.decoder(request.guard, Bug.NONE).decode(request.prompt, drafter, budget);
                    assertThat(answer.tokens())
                            .as("request of seed %s with %s and %s nodes", seed, drafter.name(), budget)
                            .isEqualTo(plain.tokens());
                    assertThat(answer.touched())
                            .as(
                                    "interventions of request of seed %s with %s and %s nodes",
                                    seed, drafter.name(), budget)
                            .isEqualTo(plain.touched());
                    saved += plain.passes() - answer.passes();
                }
            }
            assertThat(request.model.openSessions()).isZero();
            assertThat(request.model.openPasses()).isZero();
            assertThat(request.model.freePositions()).isEqualTo(request.model.totalPositions());
        }
        if (requests.isTelling()) {
            assertThat(saved).isGreaterThan(requests.ran() * 20);
        }
    }

    @Test
    void a_guard_changes_a_token_only_where_it_intervened() {
        int different = 0;
        Series requests = Series.of("replay-inert", 300, 5_000);
        for (int seed : requests) {
            Case request = new Case(seed);
            Answer guarded =
                    request.decoder(request.guard, Bug.NONE).decode(request.prompt, ScriptedDrafters.empty(), 0);
            Answer free = request.decoder(Guard.NONE, Bug.NONE).decode(request.prompt, ScriptedDrafters.empty(), 0);
            int at = 0;
            while (at < Math.min(free.tokens().size(), guarded.tokens().size())
                    && free.tokens().get(at).equals(guarded.tokens().get(at))) {
                at++;
            }
            if (!guarded.tokens().equals(free.tokens())) {
                assertThat(guarded.touched())
                        .as("first difference of request of seed %s", seed)
                        .contains(at);
                different++;
            }
        }
        if (requests.isTelling()) {
            assertThat(different).isGreaterThan(requests.ran() / 4);
        }
    }

    @Test
    void noise_keyed_by_node_is_caught() {
        int different = 0;
        for (long seed = 0; seed < 50; seed++) {
            Case request = new Case(seed);
            Answer plain = request.decoder(Guard.NONE, Bug.NOISE_KEYED_BY_NODE)
                    .decode(request.prompt, ScriptedDrafters.empty(), 0);
            Answer tree = request.decoder(Guard.NONE, Bug.NOISE_KEYED_BY_NODE)
                    .decode(
                            request.prompt,
                            ScriptedDrafters.oracle(
                                    request.prompt.length,
                                    plain.tokens().stream()
                                            .mapToInt(Integer::intValue)
                                            .toArray()),
                            4);
            different += plain.tokens().equals(tree.tokens()) ? 0 : 1;
        }
        assertThat(different).isPositive();
    }

    /** One random request over a random toy. */
    private static final class Case {
        private static final int LENGTH = 20;
        private final long seed;
        private final int vocabulary;
        private final ToyModel model;
        private final SamplingParameters sampling;
        private final Guard guard;
        private final int[] prompt;
        private final int best;
        private int naiveRewinds;

        Case(long seed) {
            this.seed = seed;
            Random random = new Random(seed);
            vocabulary = 3 + random.nextInt(random.nextBoolean() ? 5 : 90);
            best = 2 + random.nextInt(10);
            model = new ToyModel(ToyModel.Settings.bare(vocabulary, seed).withSpread(random.nextInt(4)));
            prompt = random.ints(1 + random.nextInt(6), 0, vocabulary).toArray();
            Map<Integer, Float> bias = random.nextInt(4) == 0 ? Map.of(random.nextInt(vocabulary), 1f) : Map.of();
            boolean penalties = random.nextInt(3) == 0;
            sampling = new SamplingParameters(
                    random.nextInt(4) == 0 ? 0 : 1.5 * random.nextDouble() + 0.01,
                    random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 0,
                    random.nextInt(3) == 0 ? 0.3 + 0.7 * random.nextDouble() : 1,
                    random.nextInt(4) == 0 ? 0.3 * random.nextDouble() : 0,
                    random.nextInt(8) == 0 ? 0.2 + 0.8 * random.nextDouble() : 1,
                    penalties ? 0.8 + random.nextDouble() : 1,
                    penalties ? random.nextDouble() : 0,
                    penalties ? random.nextDouble() : 0,
                    bias,
                    random.nextLong());
            guard = guard(random, vocabulary);
        }

        /** Bigram bans, penalties and phrases to rewind in one, some of the bans as a mask. */
        private static Guard guard(Random random, int vocabulary) {
            Guard bans = random.nextInt(4) == 0
                    ? Guard.NONE
                    : Guard.bigram(random.nextInt(vocabulary), random.nextInt(vocabulary), random.nextInt(vocabulary));
            List<List<Integer>> phrases = new ArrayList<>();
            int alphabet = Math.min(vocabulary, 6);
            for (int i = random.nextInt(8); i > 0; i--) {
                phrases.add(
                        random.ints(1 + random.nextInt(3), 0, alphabet).boxed().toList());
            }
            if (random.nextInt(10) == 0) {
                for (int token = 0; token < vocabulary; token++) {
                    phrases.add(List.of(token));
                }
            }
            Guard rewinding = Guard.rewinding(phrases);
            int period = random.nextInt(5);
            Guard all = (answer, token) -> {
                Verdict ban = bans.judge(answer, token);
                Verdict back = rewinding.judge(answer, token);
                double nats = period > 0 && (token + answer.size()) % (period + 2) == 0 ? 0.5 * period : 0;
                if (ban instanceof Verdict.Reject) {
                    return ban;
                }
                if (back instanceof Verdict.Rewind rewind) {
                    return new Verdict.Rewind(rewind.position(), nats, rewind.limit(), rewind.rule());
                }
                return nats > 0 ? new Verdict.Penalize(nats, Guard.RULE) : Verdict.ACCEPT;
            };
            return random.nextBoolean() ? Guard.masking(all, vocabulary) : all;
        }

        ToyDecoder decoder(Guard with, Bug bug) {
            return new ToyDecoder(model, sampling, with, LENGTH, ToyDecoder.keyed(best), bug);
        }

        List<Drafter> drafters(List<Integer> answer) {
            DraftMemory memory = new DraftMemory(new SuccessorTable(vocabulary), 1 << 20);
            DraftNoise noise = sampling.isGreedy()
                    ? DraftNoise.NONE
                    : (at, token) -> KeyedNoise.gumbel(sampling.seed(), at, token);
            List<Drafter> drafters = new ArrayList<>(ScriptedDrafters.hostile(vocabulary, seed, 0, vocabulary - 1));
            drafters.add(ScriptedDrafters.oracle(
                    prompt.length,
                    answer.stream()
                            .filter(token -> token >= 0)
                            .mapToInt(Integer::intValue)
                            .toArray()));
            drafters.add(Drafters.create(List.of("prompt-lookup"), memory, noise, prompt.length));
            drafters.add(Drafters.create(List.of("token-recycling"), memory, noise, prompt.length));
            drafters.add(Drafters.create(List.of("prompt-lookup", "token-recycling"), memory, noise, prompt.length));
            return drafters;
        }

        /** Decodes by the plain law on bare lists: no sessions, no candidates, no counts. */
        List<Integer> naive() {
            NaiveLaw law = new NaiveLaw(sampling, new BitSet());
            List<Integer> promptTokens = new ArrayList<>();
            for (int token : prompt) {
                promptTokens.add(token);
            }
            Map<List<Integer>, Set<Integer>> vetoes = new HashMap<>();
            List<Integer> answer = new ArrayList<>();
            while (answer.size() < LENGTH) {
                List<Integer> context = new ArrayList<>(promptTokens);
                context.addAll(answer);
                int last = context.get(context.size() - 1);
                float[] raw = model.logits(context.size() > 1 ? context.get(context.size() - 2) : -1, last);
                float[] scaled = law.scaled(raw, promptTokens, answer);
                List<Integer> prefix = List.copyOf(answer);
                Choice choice = law.choose(
                        scaled,
                        logSumExp(scaled),
                        token -> sampling.isGreedy() ? 0 : KeyedNoise.gumbel(sampling.seed(), prefix.size(), token),
                        guard.mask(prefix),
                        token -> vetoes.getOrDefault(prefix, Set.of()).contains(token)
                                ? Guard.REJECT
                                : guard.judge(prefix, token));
                answer.add(choice.token());
                if (choice.token() == Choice.NONE) {
                    return answer;
                }
                if (choice.verdict() instanceof Verdict.Rewind rewind) {
                    naiveRewinds++;
                    List<Integer> back = List.copyOf(answer.subList(0, rewind.position()));
                    vetoes.keySet().removeIf(other -> other.size() > back.size());
                    vetoes.computeIfAbsent(back, key -> new HashSet<>()).add(answer.get(rewind.position()));
                    answer.subList(rewind.position(), answer.size()).clear();
                }
            }
            return answer;
        }

        private static float logSumExp(float[] scaled) {
            double top = Double.NEGATIVE_INFINITY;
            for (float logit : scaled) {
                top = Math.max(top, logit);
            }
            double sum = 0;
            for (float logit : scaled) {
                sum += Math.exp(logit - top);
            }
            return (float) (top + Math.log(sum));
        }
    }
}
