package dev.sluice.hook.persona;

import dev.sluice.decode.RuleId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Personas that judge every token together: each is a lane, the conversation with instructions of its own, and the token is
 * drawn from the mixture of what the lanes think.
 *
 * <p>After Persona-judge (ACL Findings 2025, arXiv 2504.12663). Deviations: with the published test the emitted law is the judge's
 * alone, whatever the other persona prefers, and the released code mixes only by an accident of rounding. The law of that
 * accident, taken seriously, is a mixture, and that is the mode {@code mixture}. Mode {@code release} is a simulation of
 * the released code: 0.66 of the drafting persona, the roles changing after the first block of five tokens.
 *
 * <p><em>Limitations</em>: a mixture is what either persona likes, token by token; personas that contradict each other
 * can break a sentence. Each lane costs its own pass and KV memory. Rules, heads and drafters read the first lane alone.
 *
 * @param rule names it in reports
 * @param lanes at least two, names distinct
 * @param mode how the lanes' probabilities make one
 */
public record Persona(RuleId rule, List<Lane> lanes, Mode mode) {
    /** Share of the drafting persona in a simulation of the released code. */
    private static final double RELEASE_SHARE = 0.66;

    /** Tokens after which its roles change. */
    private static final int RELEASE_BLOCK = 5;

    /** How the lanes' probabilities make one. */
    public enum Mode {
        /** Their weighted sum. */
        MIXTURE,
        /** Their weighted product: what all like; our extension. */
        PRODUCT,
        /** The schedule of the released code, of exactly two lanes. */
        RELEASE
    }

    /**
     * One persona.
     *
     * @param name names it in requests and reports
     * @param system its instructions, appended to the request's own, or in their place
     * @param weight its share, at least 0
     * @param bounds what a request may make of the weight, or null for nothing
     */
    public record Lane(
            String name,
            String system,
            double weight,
            @Nullable Bounds bounds) {}

    /**
     * Bounds of a weight.
     *
     * @param least at least 0
     * @param most at least that
     */
    public record Bounds(double least, double most) {}

    /** Copies the list. */
    public Persona {
        lanes = List.copyOf(lanes);
    }

    /**
     * The lanes of a request with their shares, 1 in all; those of weight 0 are left out.
     *
     * @param wanted weights that the request gives, by lane
     * @throws IllegalArgumentException if the policy does not allow one of them, or nothing is left
     */
    public Map<Lane, Double> shares(Map<String, Double> wanted) {
        List<String> names = lanes.stream().map(Lane::name).toList();
        for (String name : wanted.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("there is no persona \"" + name + "\"; there are " + names);
            }
        }
        List<Double> weights = new ArrayList<>();
        for (Lane lane : lanes) {
            weights.add(weight(lane, wanted.get(lane.name())));
        }
        double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
        if (!(sum > 0)) {
            throw new IllegalArgumentException("the weights of the personas " + names + " are all 0; give one some");
        }
        Map<Lane, Double> shares = new LinkedHashMap<>();
        for (int i = 0; i < lanes.size(); i++) {
            if (weights.get(i) > 0) {
                shares.put(lanes.get(i), weights.get(i) / sum);
            }
        }
        return shares;
    }

    private static double weight(Lane lane, @Nullable Double wanted) {
        Bounds bounds = lane.bounds();
        if (wanted == null) {
            return lane.weight();
        }
        if (bounds == null) {
            throw new IllegalArgumentException("the policy does not let requests change the weight of persona \""
                    + lane.name() + "\"; leave it out");
        }
        if (!(wanted >= bounds.least() && wanted <= bounds.most())) {
            throw new IllegalArgumentException("the weight of persona \"" + lane.name() + "\" must be between "
                    + bounds.least() + " and " + bounds.most() + ", was " + wanted);
        }
        return wanted;
    }

    /**
     * The weights at an answer position.
     *
     * @param shares of the lanes, as {@link #shares} gives them
     */
    public static double[] weightsAt(Mode mode, double[] shares, int position) {
        if (mode != Mode.RELEASE || shares.length != 2) {
            return shares;
        }
        boolean swapped = position >= RELEASE_BLOCK;
        return new double[] {swapped ? 1 - RELEASE_SHARE : RELEASE_SHARE, swapped ? RELEASE_SHARE : 1 - RELEASE_SHARE};
    }
}
