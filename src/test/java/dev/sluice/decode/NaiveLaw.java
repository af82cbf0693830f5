package dev.sluice.decode;

import dev.sluice.decode.Choice.Refusal;
import dev.sluice.model.TokenMask;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The law written down once more, as plainly as possible: lists, sorting, no candidates and no proofs. */
final class NaiveLaw {
    private final SamplingParameters sampling;
    private final BitSet control;

    NaiveLaw(SamplingParameters sampling, BitSet control) {
        this.sampling = sampling;
        this.control = control;
    }

    /** Scaled logits of a row whose prefix is prompt and answer. */
    float[] scaled(float[] raw, List<Integer> prompt, List<Integer> answer) {
        float[] row = new float[raw.length];
        for (int token = 0; token < raw.length; token++) {
            float logit = raw[token];
            int times = 0;
            for (int other : answer) {
                times += other == token ? 1 : 0;
            }
            float repetition = (float) sampling.repetitionPenalty();
            if (prompt.contains(token) || times > 0) {
                logit = logit > 0 ? logit / repetition : logit * repetition;
            }
            double add = sampling.logitBias().getOrDefault(token, 0f) - sampling.frequencyPenalty() * times;
            if (times > 0) {
                add -= sampling.presencePenalty();
            }
            logit += (float) add;
            row[token] = control.get(token)
                    ? Float.NEGATIVE_INFINITY
                    : logit / (sampling.isGreedy() ? 1f : (float) sampling.temperature());
        }
        return row;
    }

    /** The choice on scaled logits. */
    Choice choose(float[] scaled, double logSumExp, IntToDoubleFunction noise, @Nullable TokenMask mask, Judge judge) {
        Set<Integer> forbidden = new HashSet<>();
        List<Refusal> refused = new ArrayList<>();
        int unedited = Choice.NONE;
        for (boolean first = true; ; first = false) {
            List<Integer> kept = new ArrayList<>(truncated(scaled, logSumExp, forbidden, first));
            kept.sort(Comparator.<Integer>comparingDouble(token -> -(scaled[token] + noise.applyAsDouble(token)))
                    .thenComparing(Comparator.naturalOrder()));
            if (first && !kept.isEmpty()) {
                unedited = kept.get(0);
                if (mask != null && mask.forbids(unedited)) {
                    Verdict.Reject reject = (Verdict.Reject) judge.judge(unedited);
                    refused.add(new Refusal(unedited, new Verdict.Reject(reject.rule(), "mask")));
                }
            }
            if (kept.isEmpty()) {
                return new Choice(Choice.NONE, Verdict.ACCEPT, unedited, refused);
            }
            record Best(int token, double score, Verdict verdict) {}
            Best best = null;
            List<Refusal> judged = new ArrayList<>();
            for (int token : kept) {
                double score = scaled[token] + noise.applyAsDouble(token);
                if (mask != null && mask.forbids(token)) {
                    continue;
                }
                if (best != null && score <= best.score()) {
                    break;
                }
                Verdict verdict = judge.judge(token);
                if (verdict instanceof Verdict.Reject) {
                    judged.add(new Refusal(token, verdict));
                    continue;
                }
                double nats = verdict instanceof Verdict.Penalize penalize
                        ? penalize.nats()
                        : verdict instanceof Verdict.Rewind rewind ? rewind.nats() : 0;
                Best now = new Best(token, score - nats, verdict);
                Best loser = now;
                if (best == null || now.score() > best.score()) {
                    loser = best;
                    best = now;
                }
                if (loser != null) {
                    judged.add(new Refusal(
                            loser.token(),
                            loser.verdict() instanceof Verdict.Rewind rewind
                                    ? new Verdict.Penalize(rewind.nats(), rewind.rule())
                                    : loser.verdict()));
                }
            }
            judged.sort(Comparator.comparingInt(refusal -> kept.indexOf(refusal.token())));
            refused.addAll(judged);
            if (best != null) {
                return new Choice(best.token(), best.verdict(), unedited, refused);
            }
            forbidden.addAll(kept);
            for (int token = 0; token < scaled.length; token++) {
                if (mask != null && mask.forbids(token)) {
                    forbidden.add(token);
                }
            }
        }
    }

    /** What the request keeps; the first time of all tokens, then of those not forbidden. */
    Set<Integer> truncated(float[] scaled, double logSumExp, Set<Integer> forbidden, boolean first) {
        List<Integer> sorted = IntStream.range(0, scaled.length)
                .filter(token -> scaled[token] > Float.NEGATIVE_INFINITY && !forbidden.contains(token))
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(token -> -scaled[token])
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        if (sampling.isGreedy() || sorted.isEmpty()) {
            return new HashSet<>(sorted);
        }
        double[] mass = new double[scaled.length];
        sorted.forEach(token -> mass[token] = StrictMath.exp(scaled[token] - logSumExp));
        double total = 1;
        if (!first) {
            total = 0;
            for (int token = 0; token < scaled.length; token++) {
                total += mass[token];
            }
        }
        List<Integer> kept = new ArrayList<>();
        double sum = 0;
        for (int token : sorted) {
            if (sampling.topK() > 0 && kept.size() >= sampling.topK()) {
                break;
            }
            if (sampling.topP() < 1 && !kept.isEmpty() && sum >= sampling.topP() * total) {
                break;
            }
            if (sampling.minP() > 0 && scaled[token] < scaled[sorted.get(0)] + StrictMath.log(sampling.minP())) {
                break;
            }
            sum += mass[token];
            kept.add(token);
        }
        if (sampling.typicalP() >= 1) {
            return new HashSet<>(kept);
        }
        double all = 0;
        double moment = 0;
        for (int token : kept.stream().sorted().toList()) {
            all += mass[token];
            moment += StrictMath.exp(scaled[token] - logSumExp) * (scaled[token] - logSumExp);
        }
        if (all == 0) {
            return new HashSet<>(kept);
        }
        double mean = moment / all;
        List<Integer> typical = new ArrayList<>(kept);
        typical.sort(Comparator.naturalOrder());
        typical.sort(Comparator.comparingDouble(token -> Math.abs(scaled[token] - logSumExp - mean)));
        Set<Integer> most = new HashSet<>();
        double held = 0;
        for (int token : typical) {
            if (!most.isEmpty() && held >= sampling.typicalP() * all) {
                break;
            }
            held += mass[token];
            most.add(token);
        }
        return most;
    }
}
