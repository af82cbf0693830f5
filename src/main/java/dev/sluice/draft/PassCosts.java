package dev.sluice.draft;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a pass costs by the number of tokens and sessions in it, learned from the passes that run.
 *
 * <p>A curve for each number of sessions, up to the next power of two, through fixed numbers of tokens; in between it is
 * straight. It never falls. The first passes set its level and leave its shape; then a pass moves all of the curve, because
 * machines are faster at some times than at others, and the points beside it a little more, by the logarithm of the
 * ratio, so that one late pass moves it little. It decides
 * how much is drafted, never which tokens come out. One thread.
 */
public final class PassCosts {
    /** Numbers of tokens that a start curve names, in this order. */
    private static final int[] START = {1, 2, 4, 8, 16, 32};

    private static final int[] KNOTS = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024};

    /** Passes of a small model on two cores, in arbitrary units: good enough to begin with. */
    private static final double[] TYPICAL = {1, 1.2, 1.5, 2.4, 4.4, 8};

    private static final int CLASSES = 11;
    private static final double COMMON = 0.15;
    private static final double LOCAL = 0.04;
    /** Passes that set the level of a curve alone. */
    private static final int LEVELLING = 12;

    private static final double MOST_SURPRISE = 0.4;

    private final double[][] curves = new double[CLASSES][];
    private final int[] learned = new int[CLASSES];

    /**
     * Costs that begin with a curve.
     *
     * @param start time of a pass of 1, 2, 4, 8, 16 and 32 tokens of one session, in any unit, or null where it was not
     *     measured
     */
    public PassCosts(long @Nullable [] start) {
        double[] given =
                start == null ? TYPICAL : Arrays.stream(start).asDoubleStream().toArray();
        if (given.length != START.length || Arrays.stream(given).anyMatch(time -> !(time > 0))) {
            throw new IllegalArgumentException("a start curve has " + START.length
                    + " positive times, for 1, 2, 4, 8, 16 and 32 tokens, but was " + Arrays.toString(given));
        }
        double[] curve = new double[KNOTS.length];
        for (int i = 0; i < KNOTS.length; i++) {
            curve[i] = interpolated(START, given, KNOTS[i]);
        }
        straighten(curve, 0);
        curves[0] = curve;
    }

    /** Estimated time of a pass, in the unit of what was learned. */
    public double time(int tokens, int sessions) {
        return interpolated(KNOTS, curve(sessions), tokens);
    }

    /** By what share of its time one more token makes a pass longer. */
    public double marginal(int tokens, int sessions) {
        double[] curve = curve(sessions);
        double now = interpolated(KNOTS, curve, tokens);
        return (interpolated(KNOTS, curve, tokens + 1) - now) / now;
    }

    /** Learns from a pass that was run. */
    public void learn(int tokens, int sessions, double time) {
        if (!(time > 0)) {
            return;
        }
        double[] curve = curve(sessions);
        double surprise = Math.log(time / interpolated(KNOTS, curve, tokens));
        int before = learned[at(sessions)]++;
        if (before < LEVELLING) {
            scale(curve, Math.exp(surprise / (before + 1)));
            return;
        }
        double step = Math.max(-MOST_SURPRISE, Math.min(MOST_SURPRISE, surprise));
        scale(curve, Math.exp(COMMON * step));
        int right = right(KNOTS, tokens);
        double weight = Math.min(1, (double) (tokens - KNOTS[right - 1]) / (KNOTS[right] - KNOTS[right - 1]));
        curve[right - 1] *= Math.exp(LOCAL * step * (1 - weight));
        curve[right] *= Math.exp(LOCAL * step * weight);
        straighten(curve, weight < 0.5 ? right - 1 : right);
    }

    private static void scale(double[] curve, double by) {
        for (int i = 0; i < curve.length; i++) {
            curve[i] *= by;
        }
    }

    /** Makes a curve never fall, by moving the points beside one that stays. */
    private static void straighten(double[] curve, int fixed) {
        for (int i = fixed + 1; i < curve.length; i++) {
            curve[i] = Math.max(curve[i], curve[i - 1]);
        }
        for (int i = fixed - 1; i >= 0; i--) {
            curve[i] = Math.min(curve[i], curve[i + 1]);
        }
    }

    private static int at(int sessions) {
        return Math.min(CLASSES - 1, 32 - Integer.numberOfLeadingZeros(Math.max(1, sessions) - 1));
    }

    /** The curve of a number of sessions; at first that of the nearest number that was seen. */
    private double[] curve(int sessions) {
        int at = at(sessions);
        double[] found = curves[at];
        for (int away = 1; found == null; away++) {
            double[] below = at >= away ? curves[at - away] : null;
            double[] above = at + away < CLASSES ? curves[at + away] : null;
            double[] near = below != null ? below : above;
            if (near != null) {
                found = near.clone();
            }
        }
        curves[at] = found;
        return found;
    }

    /** On a straight line between two points, or beyond the last two. */
    private static double interpolated(int[] at, double[] values, int wanted) {
        int right = right(at, wanted);
        double slope = (values[right] - values[right - 1]) / (at[right] - at[right - 1]);
        return values[right - 1] + slope * (wanted - at[right - 1]);
    }

    /** The first point at or beyond a number, from the second to the last. */
    private static int right(int[] at, int wanted) {
        int right = 1;
        while (right < at.length - 1 && at[right] < wanted) {
            right++;
        }
        return right;
    }
}
