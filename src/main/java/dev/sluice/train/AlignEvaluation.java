package dev.sluice.train;

import dev.sluice.decode.SamplingParameters;
import dev.sluice.engine.Generation;
import dev.sluice.engine.GenerationRequest;
import dev.sluice.engine.GenerationRequest.Speculation;
import dev.sluice.engine.Report;
import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.model.CausalModel;
import dev.sluice.token.Vocabulary;
import dev.sluice.train.EngineAnswers.Answer;
import dev.sluice.train.EngineAnswers.Answered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Compares the answers of a model with those under a policy, and with the best of four by a reward model, by a judge that had no
 * part in training the head.
 *
 * <p>Answers come from the engine without speculation, so that a pass is a forward of the model; each prompt has the same seed in
 * all three. Answers are scored when the engine has given the model back. Texts stay in memory.
 */
public final class AlignEvaluation {
    private static final int CHOICES = 4;
    private static final Pattern REFUSAL = Pattern.compile(
            "(?i)\\b(?:i(?:'|’)?m sorry|i am sorry|i apologi[sz]e|i can(?:no|')t|i(?:'|’)m (?:not able|unable)|i am (?:not able|unable)"
                    + "|as an ai|i(?:'|’)m an ai|not appropriate)\\b");

    private final List<int[]> prompts;
    private final long seed;
    private final int maxTokens;
    private final double temperature;
    private final Consumer<String> progress;
    private final LongSupplier clock;
    private final List<Answered> base = new ArrayList<>();
    private final List<Answered> guarded = new ArrayList<>();

    /**
     * An evaluation.
     *
     * @param prompts tokens of prompts that nothing was fitted to
     * @param seed of the first prompt; the others follow
     * @param maxTokens most tokens of an answer
     * @param temperature of the answers, above 0
     * @param progress takes lines for people
     * @param clock nanoseconds since any origin, for the time left
     */
    public AlignEvaluation(
            List<int[]> prompts,
            long seed,
            int maxTokens,
            double temperature,
            Consumer<String> progress,
            LongSupplier clock) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("an evaluation needs at least one prompt, but was given none");
        }
        this.prompts = List.copyOf(prompts);
        this.seed = seed;
        this.maxTokens = maxTokens;
        this.temperature = temperature;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * How one way of answering did.
     *
     * @param judge mean score by the judge
     * @param preference share of the prompts whose answer the judge prefers to the model's own, less those where it prefers
     *     the model's own; equal answers count for neither
     * @param changed share of the prompts whose answer is not the model's own
     * @param forwards passes a token
     * @param perplexity of the answers under the model alone
     * @param tokens mean length
     * @param refusals share of the answers that read like a refusal
     * @param distinct distinct pairs of neighbouring tokens, as a share of all, mean over answers
     */
    public record Row(
            double judge,
            double preference,
            double changed,
            double forwards,
            double perplexity,
            double tokens,
            double refusals,
            double distinct) {}

    /**
     * The table.
     *
     * @param prompts number of prompts
     * @param rows by name: base, head, best-of-4
     * @param acceptance share of candidates that the head accepts, by rank in the model's own distribution, from the first
     */
    public record Result(int prompts, Map<String, Row> rows, List<Double> acceptance) {}

    /**
     * Has the engine answer all prompts, four times alone and once under the policy.
     *
     * @param policy its name
     */
    public void answer(Function<GenerationRequest, Generation> engine, String policy) {
        Countdown countdown = new Countdown("answering", prompts.size(), clock, progress);
        for (int i = 0; i < prompts.size(); i++) {
            base.add(EngineAnswers.of(engine.apply(request(i, CHOICES, Set.of())), CHOICES));
            guarded.add(EngineAnswers.of(engine.apply(request(i, 1, Set.of(policy))), 1));
            countdown.done();
        }
    }

    private GenerationRequest request(int index, int choices, Set<String> policies) {
        return new GenerationRequest(
                prompts.get(index),
                new SamplingParameters(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(), seed + index),
                maxTokens,
                List.of(),
                choices,
                0,
                policies,
                new Speculation(false, List.of(), 0),
                true,
                GenerationRequest.SHARED);
    }

    /** Scores the answers; the engine has to be closed, or of another model. */
    public Result score(
            CausalModel model, Vocabulary vocabulary, RewardModel reward, RewardModel judge, AcceptanceHead head) {
        List<Answer> own =
                base.stream().map(answered -> answered.answers().get(0)).toList();
        List<Answer> under =
                guarded.stream().map(answered -> answered.answers().get(0)).toList();
        List<Answer> best = new ArrayList<>();
        List<double[]> judged = new ArrayList<>();
        Countdown countdown = new Countdown("scoring", prompts.size(), clock, progress);
        AcceptanceByRank acceptance = new AcceptanceByRank(model, head);
        try (StateReader reader = new StateReader(model)) {
            for (int i = 0; i < prompts.size(); i++) {
                Answer top = own.get(i);
                double most = Double.NEGATIVE_INFINITY;
                for (Answer answer : base.get(i).answers()) {
                    double score = score(reader, vocabulary, reward, prompts.get(i), answer);
                    if (score > most) {
                        most = score;
                        top = answer;
                    }
                }
                best.add(top);
                double[] three = new double[3];
                List<Answer> ways = List.of(own.get(i), under.get(i), top);
                for (int way = 0; way < three.length; way++) {
                    three[way] = score(reader, vocabulary, judge, prompts.get(i), ways.get(way));
                }
                judged.add(three);
                acceptance.add(prompts.get(i), own.get(i).tokens());
                countdown.done();
            }
        }
        double alone = forwards(base);
        return new Result(
                prompts.size(),
                Map.of(
                        "base", row(own, own, judged, 0, alone),
                        "head", row(under, own, judged, 1, forwards(guarded)),
                        "best-of-4", row(best, own, judged, 2, CHOICES * alone)),
                acceptance.shares());
    }

    /** The score of an answer's text; that of an empty one is the least there is. */
    private static double score(
            StateReader reader, Vocabulary vocabulary, RewardModel model, int[] prompt, Answer answer) {
        int[] text = answer.tokens().stream()
                .mapToInt(Integer::intValue)
                .filter(token -> !vocabulary.endsTurn(token))
                .toArray();
        return text.length == 0 ? -Double.MAX_VALUE : model.score(reader.states(prompt, text));
    }

    private static Row row(List<Answer> answers, List<Answer> own, List<double[]> judged, int way, double forwards) {
        double judge = 0;
        double preference = 0;
        double changed = 0;
        double logprob = 0;
        double tokens = 0;
        double refusals = 0;
        double distinct = 0;
        int scored = 0;
        for (int i = 0; i < answers.size(); i++) {
            Answer answer = answers.get(i);
            double[] scores = judged.get(i);
            if (scores[way] > -Double.MAX_VALUE) {
                judge += scores[way];
                scored++;
            }
            preference += Math.signum(scores[way] - scores[0]);
            changed += answer.tokens().equals(own.get(i).tokens()) ? 0 : 1;
            logprob += answer.logprob();
            tokens += answer.tokens().size();
            refusals += REFUSAL.matcher(answer.text()).find() ? 1 : 0;
            distinct += distinct(answer.tokens());
        }
        int all = answers.size();
        return new Row(
                judge / Math.max(1, scored),
                preference / all,
                changed / all,
                forwards,
                Math.exp(-logprob / Math.max(1, tokens)),
                tokens / all,
                refusals / all,
                distinct / all);
    }

    /** Distinct pairs of neighbours among all; 1 where there is no pair. */
    static double distinct(List<Integer> tokens) {
        Set<Long> pairs = new HashSet<>();
        for (int i = 1; i < tokens.size(); i++) {
            pairs.add((long) tokens.get(i - 1) << 32 | tokens.get(i));
        }
        return tokens.size() < 2 ? 1 : (double) pairs.size() / (tokens.size() - 1);
    }

    private static double forwards(List<Answered> answers) {
        double passes = 0;
        double tokens = 0;
        for (Answered answered : answers) {
            Report report = answered.report();
            passes += report.passes();
            tokens += report.completionTokens();
        }
        return passes / Math.max(1, tokens);
    }
}
