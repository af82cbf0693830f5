package dev.sluice.train;

import dev.sluice.model.CausalModel;
import dev.sluice.model.FeedForward;
import dev.sluice.token.ChatTemplate;
import dev.sluice.token.Tokenizer;
import dev.sluice.train.Fit.Fitted;
import dev.sluice.train.Preference.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Trains an acceptance head from pairs of answers: a reward model on one part of the pairs, the head on the model's own
 * answers to prompts of another part, and a judge on that part's pairs that nothing else has seen.
 *
 * <p>The recipe is a supervised stand-in for the published reinforcement learning: answers are drawn from the model, scored by
 * the reward model, and every token of an answer is an example to accept if the answer scored above the mean of its prompt's,
 * else to reject, counting as much as it was off. What was read from the model is kept in a folder, so that the run can be
 * stopped at any time and gone on with; it then gives the same bits. One thread.
 */
public final class HeadTraining {
    private static final int REWARD_HIDDEN = 64;
    private static final int[] HEAD_HIDDEN = {1024, 256};
    private static final double MOST_WEIGHT = 3;

    private final CausalModel model;
    private final Tokenizer tokenizer;
    private final ChatTemplate chat;
    private final Fit fit;
    private final HeadSettings settings;
    private final Path work;
    private final Consumer<String> progress;
    private final LongSupplier clock;

    /**
     * A training.
     *
     * @param work folder of features and checkpoints, made where it is missing
     * @param progress takes lines for people
     * @param clock nanoseconds since any origin, for the time left
     */
    public HeadTraining(
            CausalModel model,
            Tokenizer tokenizer,
            ChatTemplate chat,
            Fit fit,
            HeadSettings settings,
            Path work,
            Consumer<String> progress,
            LongSupplier clock) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.chat = chat;
        this.fit = fit;
        this.settings = settings;
        this.work = work;
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * A fitted reward model.
     *
     * @param network the network
     * @param pairs pairs it was fitted to
     * @param tried pairs of the third part it was tried on
     * @param accuracy share of those whose better answer it scored higher
     */
    public record Reward(FeedForward network, int pairs, int tried, double accuracy) {}

    /**
     * What came of it.
     *
     * @param head the head
     * @param threshold probability of acceptance above which it is to accept
     * @param tokens examples it was fitted to
     * @param accuracy share of the validation tokens, by weight, that it judges as the answer's score would
     * @param agreement share of the pairs of validation answers to one prompt that it ranks as the reward model does, by its
     *     mean log-odds
     * @param reward what scored the answers
     * @param judge for evaluation
     */
    public record Trained(
            FeedForward head,
            double threshold,
            int tokens,
            double accuracy,
            double agreement,
            Reward reward,
            Reward judge) {}

    /** An answer of the model with its score and what it is worth among its prompt's. */
    private record Scored(EncodedPair prompt, float[][] text, float[][] end, double score, double advantage) {
        boolean validates() {
            return prompt.pair().validates();
        }
    }

    /**
     * Runs, or goes on.
     *
     * @param data digest of the file that the pairs come from
     * @throws IllegalArgumentException if there are too few pairs, or the folder holds another training's files
     */
    public Trained run(List<Preference> pairs, String data) {
        List<EncodedPair> encoded = EncodedPair.all(pairs, tokenizer, chat, settings.maxPrompt(), settings.maxTokens());
        List<EncodedPair> first = part(encoded, Part.FIRST, settings.pairs());
        List<EncodedPair> second = part(encoded, Part.SECOND, settings.pairs());
        List<EncodedPair> third = some(encoded, Part.THIRD, settings.pairs());
        String key = data + " " + model.description().fingerprint() + " "
                + model.description().precision() + " " + settings.seed() + " " + settings.maxPrompt() + " "
                + settings.maxTokens();
        try {
            Files.createDirectories(work);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (FeatureLog log = FeatureLog.open(work.resolve("pairs.features"), key)) {
            List<EncodedPair> all = new ArrayList<>(first);
            all.addAll(second);
            all.addAll(third);
            read(all, log);
            Reward reward = reward("reward", first, third, log, false);
            Reward judge = reward("judge", second, third, log, true);
            return head(part(encoded, Part.SECOND, settings.prompts()), key, reward, judge);
        }
    }

    private static List<EncodedPair> part(List<EncodedPair> pairs, Part part, int most) {
        List<EncodedPair> some = some(pairs, part, most);
        long validation = some.stream().filter(one -> one.pair().validates()).count();
        if (validation == 0 || validation == some.size()) {
            throw new IllegalArgumentException("the " + part + " part of the pairs needs some to fit to and some to "
                    + "validate with, but has " + some.size()
                    + " whose prompts are short enough; give more pairs, or a "
                    + "larger bound of the prompt");
        }
        return some;
    }

    private static List<EncodedPair> some(List<EncodedPair> pairs, Part part, int most) {
        return pairs.stream()
                .filter(one -> one.pair().part() == part)
                .limit(most)
                .toList();
    }

    /** Reads mean and last state of both answers of each pair. */
    private void read(List<EncodedPair> pairs, FeatureLog log) {
        Countdown countdown = new Countdown("reading pairs", pairs.size(), clock, progress);
        try (StateReader reader = new StateReader(model)) {
            for (EncodedPair pair : pairs) {
                log.get(pair.pair().key() ^ pair.pair().chosen().hashCode(), () -> {
                    float[][] chosen = reader.states(pair.prompt(), pair.chosen());
                    float[][] rejected = reader.states(pair.prompt(), pair.rejected());
                    return new float[][] {
                        RewardModel.mean(chosen), chosen[chosen.length - 1],
                        RewardModel.mean(rejected), rejected[rejected.length - 1]
                    };
                });
                countdown.done();
            }
        }
    }

    private Reward reward(
            String name, List<EncodedPair> pairs, List<EncodedPair> others, FeatureLog log, boolean withLast) {
        Examples training = examples(pairs, log, withLast, false);
        Examples validation = examples(pairs, log, withLast, true);
        int width = training.inputs()[0].length;
        FitSettings slow = new FitSettings(settings.seed(), settings.epochs(), 32, 5, 3e-4, 0.1, 0.3);
        Fitted fitted = fitted(
                name,
                Fit.initial(settings.seed() + (withLast ? 1 : 0), true, width, REWARD_HIDDEN, 1),
                training,
                validation,
                slow);
        List<float[][]> held =
                others.stream().map(pair -> vectors(pair, log, withLast)).toList();
        long right = held.stream()
                .filter(pair ->
                        fitted.network().apply(pair[0])[0] > fitted.network().apply(pair[1])[0])
                .count();
        return new Reward(fitted.network(), training.size(), held.size(), (double) right / Math.max(1, held.size()));
    }

    private static Examples examples(List<EncodedPair> pairs, FeatureLog log, boolean withLast, boolean validation) {
        return Examples.pairs(pairs.stream()
                .filter(pair -> pair.pair().validates() == validation)
                .flatMap(pair -> Arrays.stream(vectors(pair, log, withLast)))
                .toArray(float[][]::new));
    }

    /** What a reward model reads of the better answer and of the worse. */
    private static float[][] vectors(EncodedPair pair, FeatureLog log, boolean withLast) {
        float[][] four = log.get(pair.pair().key() ^ pair.pair().chosen().hashCode(), () -> new float[0][]);
        return withLast
                ? new float[][] {RewardModel.joined(four[0], four[1]), RewardModel.joined(four[2], four[3])}
                : new float[][] {four[0], four[2]};
    }

    private Trained head(List<EncodedPair> prompts, String key, Reward reward, Reward judge) {
        List<Scored> scored = new ArrayList<>();
        try (FeatureLog log = FeatureLog.open(work.resolve("answers.features"), key + " " + settings.answers())) {
            Countdown countdown = new Countdown("drawing answers", prompts.size(), clock, progress);
            for (EncodedPair prompt : prompts) {
                scored.addAll(scored(prompt, log, new RewardModel(reward.network())));
                countdown.done();
            }
        }
        double scale = Math.sqrt(scored.stream()
                .mapToDouble(answer -> answer.advantage() * answer.advantage())
                .average()
                .orElse(1));
        if (!(scale > 0)) {
            throw new IllegalArgumentException("the reward model scores all answers to each of " + prompts.size()
                    + " prompts alike, so that there is nothing to learn; give more pairs");
        }
        Examples training = tokens(scored, false, scale);
        Examples validation = tokens(scored, true, scale);
        int width = training.inputs()[0].length;
        FitSettings slow = new FitSettings(settings.seed(), settings.epochs(), 256, 2, 1e-4, 0.1, 0.2);
        Fitted fitted = fitted(
                "head",
                Fit.initial(settings.seed() + 2, true, width, HEAD_HIDDEN[0], HEAD_HIDDEN[1], 2),
                training,
                validation,
                slow);
        double[] chances = Arrays.stream(validation.inputs())
                .mapToDouble(state -> 1 / (1 + Math.exp(-odds(fitted.network(), state))))
                .sorted()
                .toArray();
        double threshold = chances[(int) (settings.rejections() * chances.length)];
        return new Trained(
                fitted.network(),
                threshold,
                training.size(),
                fitted.accuracy(),
                agreement(scored, fitted.network()),
                reward,
                judge);
    }

    /** Log-odds of acceptance. */
    private static double odds(FeedForward head, float[] state) {
        float[] two = head.apply(state);
        return two[1] - two[0];
    }

    private List<Scored> scored(EncodedPair prompt, FeatureLog log, RewardModel reward) {
        Rollouts rollouts = new Rollouts(model, tokenizer.vocabulary(), settings.answers(), settings.maxTokens());
        long key = prompt.pair().key();
        List<Rollouts.Answer> drawn = new ArrayList<>();
        List<float[][]> texts = new ArrayList<>();
        List<float[][]> ends = new ArrayList<>();
        for (int i = 0; i < settings.answers(); i++) {
            int choice = i;
            texts.add(log.get(
                    key + 2L * i,
                    () -> drawn(prompt, rollouts, drawn).get(choice).text()));
            ends.add(log.get(
                    key + 2L * i + 1,
                    () -> drawn(prompt, rollouts, drawn).get(choice).end()));
        }
        double[] scores = texts.stream()
                .filter(text -> text.length > 0)
                .mapToDouble(reward::score)
                .toArray();
        double mean = Arrays.stream(scores).average().orElse(0);
        List<Scored> all = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).length > 0) {
                double score = scores[all.size()];
                all.add(new Scored(prompt, texts.get(i), ends.get(i), score, score - mean));
            }
        }
        return all;
    }

    private List<Rollouts.Answer> drawn(EncodedPair prompt, Rollouts rollouts, List<Rollouts.Answer> kept) {
        if (kept.isEmpty()) {
            kept.addAll(rollouts.draw(
                    prompt.prompt(), settings.seed() ^ prompt.pair().key()));
        }
        return kept;
    }

    private static Examples tokens(List<Scored> answers, boolean validation, double scale) {
        List<float[]> inputs = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<Float> weights = new ArrayList<>();
        for (Scored answer : answers) {
            if (answer.validates() == validation) {
                inputs.addAll(List.of(answer.text()));
                inputs.addAll(List.of(answer.end()));
                float weight = (float) Math.min(MOST_WEIGHT, Math.abs(answer.advantage()) / scale);
                while (labels.size() < inputs.size()) {
                    labels.add(answer.advantage() > 0 ? 1 : 0);
                    weights.add(weight);
                }
            }
        }
        float[] counts = new float[weights.size()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = weights.get(i);
        }
        return new Examples(
                inputs.toArray(new float[0][]),
                labels.stream().mapToInt(Integer::intValue).toArray(),
                counts);
    }

    private static double agreement(List<Scored> answers, FeedForward head) {
        List<Scored> some = answers.stream().filter(Scored::validates).toList();
        double[] means = some.stream()
                .mapToDouble(answer -> Arrays.stream(answer.text())
                        .mapToDouble(state -> odds(head, state))
                        .average()
                        .orElse(0))
                .toArray();
        int alike = 0;
        int all = 0;
        for (int i = 0; i < means.length; i++) {
            for (int j = 0; j < i; j++) {
                if (some.get(i).prompt().equals(some.get(j).prompt())) {
                    all++;
                    alike += some.get(i).score() > some.get(j).score() == means[i] > means[j] ? 1 : 0;
                }
            }
        }
        return (double) alike / Math.max(1, all);
    }

    private Fitted fitted(String name, FeedForward start, Examples training, Examples validation, FitSettings how) {
        progress.accept(name + ": " + training.size() + " examples, " + validation.size() + " to validate with");
        return fit.run(start, training, validation, how, work.resolve(name + ".checkpoint"), epoch -> {
            progress.accept(name + ": " + epoch.line());
            return true;
        });
    }
}
