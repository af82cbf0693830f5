package dev.sluice.token;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the word that was probably meant. */
public final class Nearest {
    private Nearest() {}

    /**
     * The candidate that is closest to a word, or null if none is near: at most a third of the word's letters, and at
     * least one, may be inserted, dropped, replaced or swapped with their neighbour. Case counts for nothing, ties go
     * to the first.
     */
    public static @Nullable String to(String word, Collection<String> candidates) {
        String wanted = word.toLowerCase(Locale.ROOT);
        int limit = Math.max(1, wanted.length() / 3);
        String best = null;
        for (String candidate : candidates) {
            if (Math.abs(candidate.length() - wanted.length()) > limit) {
                continue;
            }
            int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
            if (distance < limit || (distance == limit && best == null)) {
                best = candidate;
                limit = distance;
            }
        }
        return best;
    }

    /** The nearest candidate as words to append to a message, or nothing where none is near. */
    public static String hint(String word, Collection<String> candidates) {
        String nearest = word.length() > 100 ? null : to(word, candidates);
        return nearest == null ? "" : ", did you mean \"" + nearest + "\"?";
    }

    /** Optimal string alignment distance; quadratic in the lengths. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
