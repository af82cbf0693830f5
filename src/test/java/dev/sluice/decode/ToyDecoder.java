package dev.sluice.decode;

import dev.sluice.draft.Drafter;
import dev.sluice.draft.Successors;
import dev.sluice.draft.TokenSequence;
import dev.sluice.draft.TokenTree;
import dev.sluice.model.ModelSession;
import dev.sluice.model.Pass;
import dev.sluice.model.RankedRow;
import dev.sluice.model.RowQuery;
import dev.sluice.model.Segment;
import dev.sluice.testkit.TestTree;
import dev.sluice.testkit.ToyModel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A small decoding loop over the law and the walk, with known bugs that can be planted in it. */
final class ToyDecoder {
    /** Marks an answer that ended because nothing was admissible. */
    static final int DEAD_END = -1;

    private static final BitSet NO_CONTROL = new BitSet();

    /** How a choice is drawn: by keyed noise, or by every outcome in turn. */
    interface Draw {
        /**
         * Chooses.
         *
         * @param key what the noise is keyed by: the answer position, unless a bug was planted
         */
        Choice choose(RankedChoice law, long key, float[] raw, Function<Noise, RowQuery> query, Judge judge);
    }

    /** Bugs that speculative decoders have had. */
    enum Bug {
        NONE,
        HOOK_ONLY_ON_BONUS_TOKEN,
        HOOK_STATE_FROZEN_AT_ROUND_START,
        PENALTIES_FROZEN_AT_ROUND_START,
        GUARDS_BEFORE_TRUNCATION,
        BANNED_CANDIDATE_REPLACED_BY_ARGMAX,
        LONGEST_BRANCH,
        TYPICAL_ACCEPTANCE,
        NOISE_KEYED_BY_NODE
    }

    private final ToyModel model;
    private final SamplingParameters sampling;
    private final Guard guard;
    private final int length;
    private final Draw draw;
    private final Bug bug;

    ToyDecoder(ToyModel model, SamplingParameters sampling, Guard guard, int length, Draw draw, Bug bug) {
        this.model = model;
        this.sampling = sampling;
        this.guard = guard;
        this.length = length;
        this.draw = draw;
        this.bug = bug;
    }

    /** Draws by the request's own keyed noise, from ranked rows with lists of a length. */
    static Draw keyed(int best) {
        return (law, key, raw, query, judge) -> choose(law, law.noise(key), best, raw, query, judge);
    }

    static Choice choose(
            RankedChoice law, Noise noise, int best, float[] raw, Function<Noise, RowQuery> query, Judge judge) {
        RowQuery asked = query.apply(noise);
        RankedRow row = ToyModel.ranked(raw, asked, NO_CONTROL, best);
        return law.choose(row, asked, noise, () -> raw, judge);
    }

    /** What a run yields. */
    record Answer(List<Integer> tokens, Set<Integer> touched, int passes) {}

    /** Decodes with trees of at most {@code budget} nodes; 0 is plain decoding. */
    Answer decode(int[] prompt, Drafter drafter, int budget) {
        Run run = new Run(prompt, drafter, budget);
        run.all();
        return new Answer(run.answer, run.touched, run.passes);
    }

    private final class Run {
        private final RankedChoice law =
                new RankedChoice(sampling, model.description().vocabularySize(), NO_CONTROL);
        private final TokenSequence context;
        private final Drafter drafter;
        private final int budget;
        private final int promptLength;
        private final PenaltyCounts start;
        private final List<Integer> answer = new ArrayList<>();
        private final Map<List<Integer>, Set<Integer>> vetoes = new HashMap<>();
        private final Set<Integer> touched = new HashSet<>();
        private List<Integer> roundStart = List.of();
        private boolean done;
        private int passes;

        Run(int[] prompt, Drafter drafter, int budget) {
            this.context = new TokenSequence(prompt);
            this.drafter = drafter;
            this.budget = budget;
            this.promptLength = prompt.length;
            this.start = law.edits().start(prompt);
        }

        void all() {
            try (ModelSession session = model.open()) {
                if (promptLength > 1) {
                    int[] head = context.slice(0, promptLength - 1);
                    session.reserve(head.length);
                    model.forward(List.of(Segment.chain(session, head, head.length)))
                            .close();
                    int[] chain = new int[head.length];
                    for (int i = 0; i < chain.length; i++) {
                        chain[i] = i;
                    }
                    session.commit(chain);
                }
                while (!done) {
                    step(session);
                }
            }
        }

        private void step(ModelSession session) {
            roundStart = List.copyOf(answer);
            TestTree builder = new TestTree(budget, (path, token) -> {
                List<Integer> prefix = new ArrayList<>(answer);
                prefix.addAll(path);
                return !(judge(prefix, token) instanceof Verdict.Reject);
            });
            drafter.grow(context, builder).all();
            TokenTree tree = builder.tree();
            int[] tokens = new int[tree.size() + 1];
            int[] parents = new int[tree.size() + 1];
            tokens[0] = context.get(context.length() - 1);
            parents[0] = -1;
            for (int node = 0; node < tree.size(); node++) {
                tokens[node + 1] = tree.tokens()[node];
                parents[node + 1] = tree.parents()[node] + 1;
            }
            session.reserve(tokens.length);
            passes++;
            try (Pass pass = model.forward(List.of(new Segment(session, tokens, parents, 0)))) {
                int[] path = bug == Bug.LONGEST_BRANCH && tree.size() > 0
                        ? longestBranch(tree, pass)
                        : TreeWalk.walk(tree, node -> choice(tree, pass, node), this::emit);
                int[] committed = new int[path.length + 1];
                for (int i = 0; i < path.length; i++) {
                    committed[i + 1] = path[i] + 1;
                }
                session.commit(committed);
                observe(tokens, pass);
            }
            session.truncate(Math.min(session.length(), context.length() - 1));
        }

        private void observe(int[] tokens, Pass pass) {
            Successors[] successors = new Successors[tokens.length];
            for (int row = 0; row < tokens.length; row++) {
                Logprobs best = Logprobs.of(pass.logits(row), 0, Math.min(8, pass.logits(row).length), token -> false);
                float[] probabilities = new float[best.tokens().length];
                for (int i = 0; i < probabilities.length; i++) {
                    probabilities[i] = (float) Math.exp(best.logprobs()[i]);
                }
                successors[row] = new Successors(best.tokens(), probabilities);
            }
            drafter.observe(tokens, successors);
        }

        private Choice choice(TokenTree tree, Pass pass, int node) {
            float[] raw = pass.logits(node + 1);
            if (bug == Bug.TYPICAL_ACCEPTANCE) {
                for (int child = 0; child < tree.size(); child++) {
                    if (tree.parents()[child] == node
                            && Logprobs.of(raw, tree.tokens()[child], 0, token -> false)
                                            .chosen()
                                    > Math.log(0.1)) {
                        return new Choice(tree.tokens()[child], Verdict.ACCEPT, tree.tokens()[child], List.of());
                    }
                }
            }
            if (bug == Bug.HOOK_ONLY_ON_BONUS_TOKEN) {
                Choice unguarded = choose(raw, node, query(false), Judge.LENIENT);
                for (int child = 0; child < tree.size(); child++) {
                    if (tree.parents()[child] == node && tree.tokens()[child] == unguarded.token()) {
                        return unguarded;
                    }
                }
            }
            List<Integer> prefix = bug == Bug.HOOK_STATE_FROZEN_AT_ROUND_START ? roundStart : List.copyOf(answer);
            Judge judge = token -> judge(prefix, token);
            if (bug == Bug.GUARDS_BEFORE_TRUNCATION) {
                for (int token = 0; token < raw.length; token++) {
                    if (judge.judge(token) instanceof Verdict.Reject) {
                        raw[token] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
            Choice choice = choose(raw, node, query(true), judge);
            if (bug == Bug.BANNED_CANDIDATE_REPLACED_BY_ARGMAX && choice.token() != choice.unedited()) {
                int token = Logprobs.of(raw, 0, 1, other -> judge.judge(other) instanceof Verdict.Reject)
                        .tokens()[0];
                return new Choice(token, Verdict.ACCEPT, choice.unedited(), choice.refused());
            }
            return choice;
        }

        private Choice choose(float[] raw, int node, Function<Noise, RowQuery> query, Judge judge) {
            long key = bug == Bug.NOISE_KEYED_BY_NODE ? node + 1 : answer.size();
            return draw.choose(law, key, raw, query, judge);
        }

        private Function<Noise, RowQuery> query(boolean guarded) {
            PenaltyCounts counts = start;
            for (int token : bug == Bug.PENALTIES_FROZEN_AT_ROUND_START ? roundStart : answer) {
                counts = counts.after(token);
            }
            PenaltyCounts now = counts;
            List<Integer> prefix = bug == Bug.HOOK_STATE_FROZEN_AT_ROUND_START ? roundStart : answer;
            return noise -> law.edits().query(now, noise.tokens(), guarded ? guard.mask(prefix) : null);
        }

        private Verdict judge(List<Integer> prefix, int token) {
            return vetoes.getOrDefault(prefix, Set.of()).contains(token) ? Guard.REJECT : guard.judge(prefix, token);
        }

        private boolean emit(int node, Choice choice, int child) {
            if (!choice.refused().isEmpty()) {
                touched.add(answer.size());
            }
            if (choice.verdict() instanceof Verdict.Rewind rewind) {
                answer.add(choice.token());
                goBack(rewind.position());
                return false;
            }
            append(choice.token());
            return !done;
        }

        private void append(int token) {
            answer.add(token);
            done = token == DEAD_END || answer.size() == length;
            if (token != DEAD_END) {
                context.append(token);
            }
        }

        private void goBack(int position) {
            touched.add(position);
            List<Integer> prefix = List.copyOf(answer.subList(0, position));
            vetoes.keySet().removeIf(other -> other.size() > position);
            vetoes.computeIfAbsent(prefix, key -> new HashSet<>()).add(answer.get(position));
            answer.subList(position, answer.size()).clear();
            context.truncate(promptLength + position);
        }

        /** Takes every child of the root for granted and keeps the branch that goes furthest. */
        private int[] longestBranch(TokenTree tree, Pass pass) {
            List<Integer> longest = List.of();
            List<Integer> before = List.copyOf(answer);
            int[] longestPath = {};
            for (int child = 0; child < tree.size(); child++) {
                if (tree.parents()[child] == TreeWalk.ROOT) {
                    List<Integer> branch = new ArrayList<>(List.of(tree.tokens()[child]));
                    List<Integer> path = new ArrayList<>(List.of(child));
                    int node = child;
                    while (node != TreeWalk.NO_NODE && before.size() + branch.size() < length) {
                        answer.clear();
                        answer.addAll(before);
                        answer.addAll(branch);
                        int token = choice(tree, pass, node).token();
                        branch.add(token);
                        int parent = node;
                        node = TreeWalk.NO_NODE;
                        for (int other = parent + 1; other < tree.size(); other++) {
                            if (tree.parents()[other] == parent && tree.tokens()[other] == token) {
                                node = other;
                            }
                        }
                        if (node != TreeWalk.NO_NODE) {
                            path.add(node);
                        }
                    }
                    if (branch.size() > longest.size()) {
                        longest = branch;
                        longestPath = path.stream().mapToInt(Integer::intValue).toArray();
                    }
                }
            }
            answer.clear();
            answer.addAll(before);
            longest.forEach(this::append);
            return longestPath;
        }
    }
}
