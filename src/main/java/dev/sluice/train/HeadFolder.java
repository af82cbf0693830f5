package dev.sluice.train;

import dev.sluice.hook.align.AcceptanceHead;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.model.FeedForward;
import dev.sluice.model.ModelDescription;
import dev.sluice.train.HeadTraining.Reward;
import dev.sluice.train.HeadTraining.Trained;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a trained head: its folder, and in it the folders {@code reward} and {@code judge} of the reward models, which serving
 * does not need.
 *
 * @param folder where to
 * @param model the model it was trained for
 * @param blocks blocks of that model
 * @param data name of the file of pairs
 * @param sha256 its hash
 * @param settings how it was trained
 * @param command what was typed, for the card
 */
public record HeadFolder(
        Path folder,
        ModelDescription model,
        int blocks,
        String data,
        String sha256,
        HeadSettings settings,
        String command) {
    /** Writes all three; the head's card begins with what is known from training. */
    public void write(Trained trained) {
        save(
                folder.resolve("reward"),
                Kind.REWARD,
                trained.reward().network(),
                Map.of(),
                card(trained.reward(), "reward"));
        save(folder.resolve("judge"), Kind.REWARD, trained.judge().network(), Map.of(), card(trained.judge(), "judge"));
        save(folder, Kind.HEAD, trained.head(), Map.of(AcceptanceHead.THRESHOLD, trained.threshold()), card(trained));
    }

    private void save(Path to, Kind kind, FeedForward network, Map<String, Double> thresholds, String card) {
        ClassifierManifest manifest = new ClassifierManifest(
                String.valueOf(to.getFileName()),
                kind,
                1,
                model.fingerprint(),
                model.precision(),
                blocks,
                Normalisation.FINAL_NORM,
                Classifier.sizes(network),
                thresholds,
                Map.of(data, sha256),
                settings.seed(),
                Map.of());
        Classifier.save(to, manifest, network, Map.of(), card);
    }

    private String card(Trained trained) {
        return String.format(
                Locale.ROOT,
                """
                # %s

                An acceptance head after MARA (IJCAI 2025, arXiv 2505.19743): it accepts or rejects each candidate token by the state
                that %s has behind it. Used by a policy's `align` rule.

                * **For**: nudging the answers of that one model towards those that the annotators of the data preferred.
                * **Not for**: other models, adapters or templates; a guarantee of any kind. It learned from the preferences of a few
                  annotators, through a reward model that is right in %.0f of 100 pairs. Hard rules belong into `phrases`.
                * **Data**: `%s` (SHA-256 `%s`), split by a hash of the prompt into 42, 42 and 16 of 100 parts: the reward
                  model was fitted to pairs of the first, the head to the model's own answers to prompts of the second, the judge to
                  pairs of the second. Nothing was fitted to the third.
                * **Recipe**: the supervised shortcut, not the published reinforcement learning. %d answers to each of up to %d prompts, up to
                  %d tokens each, drawn at temperature 1 among the 40 best tokens within 0.95 of the probability; every token of
                  an answer is an example to accept where the answer scored above the mean of its prompt's, else to reject, weighted by
                  the distance. Layer norm, %s, on the final-norm state; Adam, dropout 0.2, early stop. Accepts above a
                  probability of %.4f, set so that %.0f of 100 tokens of held-out answers are rejected.
                * **Precision**: trained at %s. At another, states differ slightly and a share of verdicts near the threshold flips.

                ```
                %s
                ```

                | measured in training | |
                |---|---|
                | tokens fitted to | %d |
                | held-out tokens judged as their answer's score, by weight | %.1f %% |
                | pairs of held-out answers ranked as the reward model does | %.1f %% |
                | reward model: pairs fitted to, accuracy on %d pairs of the third part | %d, %.1f %% |
                | judge: pairs fitted to, accuracy on the same pairs | %d, %.1f %% |
                """,
                folder.toAbsolutePath().normalize().getFileName(),
                model.name(),
                100 * trained.reward().accuracy(),
                data,
                sha256,
                settings.answers(),
                settings.prompts(),
                settings.maxTokens(),
                Classifier.sizes(trained.head()),
                trained.threshold(),
                100 * settings.rejections(),
                model.precision(),
                command,
                trained.tokens(),
                100 * trained.accuracy(),
                100 * trained.agreement(),
                trained.reward().tried(),
                trained.reward().pairs(),
                100 * trained.reward().accuracy(),
                trained.judge().pairs(),
                100 * trained.judge().accuracy());
    }

    private static String card(Reward reward, String name) {
        return String.format(Locale.ROOT, """
                # %s

                Scores an answer by the final-norm states behind its tokens; only for training and evaluating the head of the folder
                above, and no measure of anything by itself. Fitted to %d pairs; of %d pairs that it never saw it ranks %.1f %%
                as the annotators did.
                """, name, reward.pairs(), reward.tried(), 100 * reward.accuracy());
    }
}
