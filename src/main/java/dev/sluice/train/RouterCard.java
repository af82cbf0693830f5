package dev.sluice.train;

import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.train.RouterTraining.Trained;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The beginning of a router's {@code CARD.md}: what is known from training. Results on text are added by people. */
public final class RouterCard {
    private RouterCard() {}

    /**
     * The text.
     *
     * @param model name of the model it was trained for
     * @param command what was typed
     */
    public static String text(ClassifierManifest manifest, String model, Trained trained, String command) {
        String data = manifest.data().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> "`%s` (SHA-256 `%s`)".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                """
                # %s

                A router after GUARD (arXiv 2505.13312): it tells by the mean state of a prompt behind block %d of %s whether the prompt is
                about the forget set. Used by a policy's `unlearn` rule, together with the forget set's phrases and sentence vectors, which
                lie beside it and give the forget set away: keep the folder as the forget set is kept.

                * **For**: that one model with its adapters, and questions like those of the forget set, in English.
                * **Not for**: other models, adapters or templates; a promise that nothing is told. Prompts that are worded otherwise, and
                  other languages, get through.
                * **Data**: %s; everyday prompts and near misses (questions of the forget set about somebody else) as further negatives.
                  Questions are also put in other words by templates.
                * **Recipe**: layer norm, %s, ReLU, dropout 0.1, cross-entropy with both classes counting alike, Adam at 1e-3, batches of
                  32, early stop (best epoch %d); one question in five with all its wordings held out. Thresholds for at most one false
                  alarm in a hundred of the held-out negatives: router %.4f; similarity beside it %.4f; similarity alone %.4f.
                * **Precision**: trained at %s. At another, states differ slightly and prompts near the threshold may be judged otherwise.

                ```
                %s
                ```

                | measured in training, on %d held-out prompts | |
                |---|---|
                | flagged, of those about the forget set | %.1f %% |
                | flagged, of the others | %.1f %% |
                """,
                manifest.name(),
                manifest.layer(),
                model,
                data,
                manifest.sizes(),
                trained.epochs(),
                trained.threshold(),
                trained.similarity(),
                trained.alone(),
                manifest.precision(),
                command,
                trained.tried(),
                100 * trained.recall(),
                100 * trained.alarms());
    }
}
