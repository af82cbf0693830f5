package dev.sluice.hook.classifier;

import dev.sluice.hook.classifier.ClassifierException.Code;
import dev.sluice.model.ModelDescription;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a classifier is, and which model it was trained for.
 *
 * @param name for messages: the folder's name
 * @param kind what it judges
 * @param version of this classifier, at least 1; greater for a later one of the same name
 * @param fingerprint hexadecimal digest of the weights and adapters of the model it reads
 * @param precision of the model when it was trained
 * @param layer block behind which it reads, counted from 1
 * @param normalisation whether what it reads has passed the model's final norm
 * @param sizes numbers it reads, those of each hidden layer, and those it gives
 * @param thresholds numbers that decide, by name; what each means the kind says
 * @param data SHA-256 of each file it was trained on, by the file's name
 * @param seed of the training
 * @param files SHA-256 of each file of the folder that is read, by its name; the weights among them
 */
public record ClassifierManifest(
        String name,
        Kind kind,
        int version,
        String fingerprint,
        String precision,
        int layer,
        Normalisation normalisation,
        List<Integer> sizes,
        Map<String, Double> thresholds,
        Map<String, String> data,
        long seed,
        Map<String, String> files) {
    /** What a classifier judges. */
    public enum Kind {
        /** Whether a prompt is about what must not be told. */
        ROUTER("router"),
        /** Whether a candidate token is accepted. */
        HEAD("head"),
        /** How good an answer is. */
        REWARD("reward");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What has been done to the states it reads. */
    public enum Normalisation {
        /** The model's final norm: the vector that gives the logits. */
        FINAL_NORM("final-norm"),
        /** Nothing: the residual stream between two blocks. */
        RESIDUAL("residual");

        private final String text;

        Normalisation(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Copies what could change. */
    public ClassifierManifest {
        sizes = List.copyOf(sizes);
        thresholds = Collections.unmodifiableMap(new LinkedHashMap<>(thresholds));
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /** The same with other hashes of its files. */
    ClassifierManifest withFiles(Map<String, String> hashes) {
        return new ClassifierManifest(
                name,
                kind,
                version,
                fingerprint,
                precision,
                layer,
                normalisation,
                sizes,
                thresholds,
                data,
                seed,
                hashes);
    }

    /**
     * Makes sure that it is of a kind.
     *
     * @throws ClassifierException if it is of another
     */
    public void require(Kind wanted) {
        if (kind != wanted) {
            throw new ClassifierException(
                    Code.MISMATCH,
                    "classifier " + name + " must be a " + wanted + " to be used here, but is a " + kind
                            + "; name another folder");
        }
    }

    /**
     * Makes sure that it was trained for a model.
     *
     * @return what there is to warn of, for the log of whoever loads it
     * @throws ClassifierException if it was trained for another model
     */
    public Optional<String> check(ModelDescription model) {
        if (!fingerprint.equals(model.fingerprint())) {
            throw new ClassifierException(
                    Code.MISMATCH,
                    "classifier " + name + " was trained for the model with the fingerprint " + fingerprint
                            + ", but the model loaded is " + model.name() + " with " + model.fingerprint()
                            + "; load that model and its adapters, or train " + name + " anew for this one");
        }
        return precision.equals(model.precision())
                ? Optional.empty()
                : Optional.of(
                        "classifier " + name + " was trained at precision " + precision + ", but the model runs at "
                                + model.precision() + ": its verdicts may differ, as its CARD.md says");
    }
}
