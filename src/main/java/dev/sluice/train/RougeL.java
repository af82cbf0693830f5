package dev.sluice.train;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * ROUGE-L recall (Lin, 2004): how much of a reference an answer has, in order, not necessarily without gaps.
 *
 * <p>The longest common subsequence of words over the words of the reference. Words are runs of letters, their marks, and
 * digits, in lower case; there is no stemming, so {@code wrote} and {@code writes} differ.
 */
public final class RougeL {
    private static final Pattern BETWEEN = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

    private RougeL() {}

    /**
     * The recall of an answer.
     *
     * @return 0 to 1; 0 where the reference has no word. Takes time in proportion to the product of both lengths
     */
    public static double recall(String answer, String reference) {
        List<String> wanted = words(reference);
        return wanted.isEmpty() ? 0 : (double) longestCommon(words(answer), wanted) / wanted.size();
    }

    private static List<String> words(String text) {
        return BETWEEN.splitAsStream(text.toLowerCase(Locale.ROOT))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Length of the longest common subsequence. */
    private static int longestCommon(List<String> first, List<String> second) {
        int[] lengths = new int[second.size() + 1];
        for (String word : first) {
            int diagonal = 0;
            for (int i = 1; i <= second.size(); i++) {
                int above = lengths[i];
                lengths[i] = word.equals(second.get(i - 1)) ? diagonal + 1 : Math.max(above, lengths[i - 1]);
                diagonal = above;
            }
        }
        return lengths[second.size()];
    }
}
