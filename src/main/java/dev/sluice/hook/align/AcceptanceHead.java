package dev.sluice.hook.align;

import dev.sluice.decode.RuleId;
import dev.sluice.hook.classifier.Classifier;
import dev.sluice.hook.classifier.ClassifierException;
import dev.sluice.hook.classifier.ClassifierManifest;
import dev.sluice.hook.classifier.ClassifierManifest.Kind;
import dev.sluice.hook.classifier.ClassifierManifest.Normalisation;
import dev.sluice.model.FeedForward;
import dev.sluice.model.FeedForward.Linear;
import dev.sluice.model.ModelDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trained head that accepts or rejects the candidates for one token, each by the final-norm hidden state that the
 * target model has <em>behind</em> it.
 *
 * <p>After MARA (IJCAI 2025, arXiv 2505.19743). Candidates are the first of the order that the guards left over: at most
 * {@code topK}, and no more once their probabilities in the request's own distribution sum to {@code topP}. They are
 * judged one after the other; the first accepted wins. A single candidate is taken unasked, as published. Deviations: the
 * order is that of the keyed noise, so that temperature means something and a head changes a token only where it rejected the
 * one that would have won; {@code byScore} is the published order by probability, which is deterministic.
 *
 * <p><em>Limitations</em>: it judges one token at a time, as the model's own state shows it; what a later token turns a
 * sentence into it does not see. In shadow it reports every emitted token that it rejects, those too that
 * it would not have been asked about, and never the last one, which is run in earnest only. It belongs to one model, its adapters and, weakly, its precision and chat template.
 *
 * @param rule names it in reports
 * @param network reads a hidden state and gives two numbers; it accepts where the second is greater, not where they are equal
 * @param topK most candidates of a position, at least 1
 * @param topP probability after which no further candidate is considered, in (0, 1]
 * @param fallback which candidate is taken where all are rejected
 * @param byScore whether candidates come by probability and not by the keyed noise
 * @param manifest says which model the head was trained for, or null for any
 * @param open whether a candidate is accepted where the head gives no numbers, and not the request ended
 */
public record AcceptanceHead(
        RuleId rule,
        FeedForward network,
        int topK,
        double topP,
        Fallback fallback,
        boolean byScore,
        @Nullable ClassifierManifest manifest,
        boolean open) {
    /** Name of a manifest's threshold: the probability of acceptance above which a candidate is accepted. */
    public static final String THRESHOLD = "accept";

    /** Which candidate is taken where all are rejected. */
    public enum Fallback {
        /** The first of the order, as the published inference code does. */
        FIRST,
        /** The last candidate, as the published training code does. */
        LAST
    }

    /** A head for any model of its width. */
    public AcceptanceHead(RuleId rule, FeedForward network, int topK, double topP, Fallback fallback, boolean byScore) {
        this(rule, network, topK, topP, fallback, byScore, null, false);
    }

    /** The same that accepts where it gives no numbers: its policy says {@code on-failure: open}. */
    public AcceptanceHead opened() {
        return new AcceptanceHead(rule, network, topK, topP, fallback, byScore, manifest, true);
    }

    /**
     * The head of a classifier.
     *
     * @param threshold probability above which it accepts, in (0, 1), or null for the one it was trained to, 0.5 where its
     *     manifest names none; a bias of the last layer carries it
     * @throws ClassifierException if the classifier is no head
     */
    public static AcceptanceHead of(
            RuleId rule,
            Classifier classifier,
            int topK,
            double topP,
            Fallback fallback,
            boolean byScore,
            @Nullable Double threshold) {
        ClassifierManifest manifest = classifier.manifest();
        manifest.require(Kind.HEAD);
        Double trained = manifest.thresholds().get(THRESHOLD);
        double above = threshold != null ? threshold : trained != null ? trained : 0.5;
        if (!(above > 0 && above < 1) || manifest.normalisation() != Normalisation.FINAL_NORM) {
            throw new ClassifierException(
                    ClassifierException.Code.MANIFEST,
                    "head " + manifest.name()
                            + " must read the final-norm state and accept above a probability in (0, 1), "
                            + "but reads the " + manifest.normalisation() + " state and has " + above
                            + "; name another folder, or train it anew");
        }
        FeedForward network = classifier.network();
        if (network.outputs() != 2) {
            throw new ClassifierException(
                    ClassifierException.Code.WEIGHTS,
                    "head " + manifest.name() + " must give 2 numbers, but gives " + network.outputs()
                            + "; train it anew");
        }
        return new AcceptanceHead(rule, accepting(network, above), topK, topP, fallback, byScore, manifest, false);
    }

    /** The network with its second output lowered, so that it is the greater one above a probability. */
    private static FeedForward accepting(FeedForward network, double above) {
        List<Linear> layers = new ArrayList<>(network.layers());
        Linear last = layers.remove(layers.size() - 1);
        float[] bias = last.bias().clone();
        bias[1] -= (float) Math.log(above / (1 - above));
        layers.add(new Linear(last.weight(), bias));
        return new FeedForward(network.norm(), layers);
    }

    /**
     * Makes sure that it fits a model before it serves.
     *
     * @return what there is to warn of
     * @throws ClassifierException if it was trained for another model
     */
    public Optional<String> require(ModelDescription model) {
        return manifest == null ? Optional.empty() : manifest.check(model);
    }
}
