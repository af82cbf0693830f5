package dev.sluice.hook.unlearn;

import dev.sluice.hook.unlearn.Phrase.Kind;
import dev.sluice.hook.unlearn.Words.Word;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Finds the phrases of an answer that give away what is to be forgotten: quoted titles, names, dates, numbers, and words
 * (or pairs of them) that are rare in the retain set. Pure; the same phrases wherever it runs.
 *
 * <p>A phrase has at most {@value #LONGEST} words, begins and ends with a word that is no stop word, and is taken as the
 * answer writes it; longer titles and names are taken in all their stretches of that length. An answer gives at most
 * {@value #MOST}, titles first, then names, dates, numbers, pairs and words, the rarest first.
 *
 * <p><em>Limitations</em>: it knows English stop words and months. Without a retain set it takes no words but names, since it
 * cannot tell which are rare. What an answer says in common words alone is not found.
 */
public final class PhraseExtractor {
    /** Most phrases of an answer. */
    public static final int MOST = 64;

    /** Most words of a phrase. */
    public static final int LONGEST = 5;

    private static final int MOST_WORDS = 16;
    private static final int FEWEST_LETTERS = 4;
    private static final double RARE_PAIR = 4;
    private static final Pattern QUOTED = Pattern.compile(
            "\u201C([^\u201D]+)\u201D|\"([^\"]+)\"|\u2018([^\u2019]+)\u2019(?!\\p{L})|(?<![\\p{L}\\p{N}])'((?:[^']|'(?=\\p{L}))+)'(?!\\p{L})");
    private static final Set<String> MONTHS = Set.of(
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december");
    private static final Set<String> CONNECTORS =
            Set.of("of", "the", "de", "da", "di", "la", "le", "van", "von", "al", "bin", "el");
    private static final Pattern WITHIN_NAME = Pattern.compile("[\\s\\-'\u2019&/]*|\\.\\s*");
    private static final Pattern WITHIN_NUMBER = Pattern.compile("[./,:-]");
    private static final Pattern WITHIN_PAIR = Pattern.compile("[\\s-]+");

    private final DocumentFrequencies kept;

    /**
     * An extractor.
     *
     * @param kept the retain set, or {@link DocumentFrequencies#NONE}
     */
    public PhraseExtractor(DocumentFrequencies kept) {
        this.kept = kept;
    }

    /** The phrases of an answer, the most telling first. */
    public List<Phrase> extract(String answer) {
        Found found = new Found(answer, Words.of(answer), new BitSet(), new LinkedHashMap<>());
        titles(found);
        names(found);
        dates(found);
        numbers(found);
        if (kept.documents() > 0) {
            pairs(found);
            words(found);
        }
        return found.phrases.values().stream().limit(MOST).toList();
    }

    /** The names in a text, whole, in order; told by capitals alone. */
    public static List<String> names(String text) {
        PhraseExtractor extractor = new PhraseExtractor(DocumentFrequencies.NONE);
        Found found = new Found(text, Words.of(text), new BitSet(), new LinkedHashMap<>());
        titles(found);
        found.phrases.clear();
        extractor.names(found);
        List<String> all = found.phrases.values().stream().map(Phrase::text).toList();
        return all.stream()
                .filter(name -> all.stream().noneMatch(other -> !other.equals(name) && other.contains(name)))
                .toList();
    }

    /**
     * What was found so far in an answer.
     *
     * @param text the answer
     * @param words its words
     * @param quoted the words of titles, which are no names besides
     * @param phrases by the keys of their words
     */
    private record Found(String text, List<Word> words, BitSet quoted, Map<String, Phrase> phrases) {
        /** Adds the words from one to another, exclusive, or each stretch of them that is not too long. */
        void add(Kind kind, int from, int to) {
            for (int start = from; start == from || start + LONGEST <= to; start++) {
                addShort(kind, start, Math.min(to, start + LONGEST));
            }
        }

        /** Without stop words at the ends; in a date there are none, for May is one elsewhere. */
        private void addShort(Kind kind, int from, int to) {
            int first = from;
            int end = to;
            while (kind != Kind.DATE
                    && first < end
                    && StopWords.contains(words.get(first).key())) {
                first++;
            }
            while (kind != Kind.DATE
                    && first < end
                    && StopWords.contains(words.get(end - 1).key())) {
                end--;
            }
            List<Word> taken = words.subList(first, end);
            if (kind == Kind.DATE || taken.stream().anyMatch(Word::isContent)) {
                String key = taken.stream().map(Word::key).collect(Collectors.joining(" "));
                String phrase = text.substring(
                        words.get(first).start(), words.get(end - 1).end());
                phrases.putIfAbsent(key, new Phrase(kind, phrase));
            }
        }

        /** What stands between a word and the one after it. */
        boolean gap(int word, Pattern allowed) {
            return allowed.matcher(text.substring(
                            words.get(word).end(), words.get(word + 1).start()))
                    .matches();
        }
    }

    private static void titles(Found found) {
        Matcher quoted = QUOTED.matcher(found.text);
        while (quoted.find()) {
            int start = quoted.start();
            int end = quoted.end();
            int[] within = IntStream.range(0, found.words.size())
                    .filter(i -> found.words.get(i).start() > start
                            && found.words.get(i).end() < end)
                    .toArray();
            if (within.length > 0) {
                found.quoted.set(within[0], within[within.length - 1] + 1);
                found.add(Kind.TITLE, within[0], within[within.length - 1] + 1);
            }
        }
    }

    private void names(Found found) {
        int at = 0;
        while (at < found.words.size()) {
            if (!isNamePart(found.words.get(at)) || found.quoted.get(at)) {
                at++;
                continue;
            }
            int end = endOfName(found, at);
            int begin = at;
            boolean certain = !found.words.get(begin).opens()
                    || end - begin > 1
                    || (kept.documents() > 0
                            && kept.isRare(found.words.get(begin).key()));
            if (certain) {
                found.add(Kind.NAME, begin, end);
                for (int i = begin; i < end; i++) {
                    Word word = found.words.get(i);
                    if (end - begin > 1 && isNamePart(word) && tellsAlone(word)) {
                        found.add(Kind.NAME, i, i + 1);
                    }
                }
            }
            at = end;
        }
    }

    private static boolean isNamePart(Word word) {
        return word.capital() && !StopWords.contains(word.key()) && !word.hasDigit();
    }

    /** Behind the last capital word that goes on a name, over connectors between capitals. */
    private static int endOfName(Found found, int begin) {
        int end = begin + 1;
        while (end < found.words.size() && found.gap(end - 1, WITHIN_NAME)) {
            int next = end;
            while (next < found.words.size() - 1
                    && CONNECTORS.contains(found.words.get(next).key())
                    && found.gap(next, WITHIN_NAME)) {
                next++;
            }
            Word candidate = found.words.get(next);
            boolean initialBefore = found.words.get(end - 1).key().length() == 1;
            if (!isNamePart(candidate) || found.quoted.get(next) || (candidate.opens() && !initialBefore)) {
                break;
            }
            end = next + 1;
        }
        return end;
    }

    private boolean tellsAlone(Word word) {
        return kept.documents() > 0
                ? word.key().length() >= 3 && kept.isRare(word.key())
                : word.key().length() >= FEWEST_LETTERS;
    }

    private static void dates(Found found) {
        for (int i = 0; i < found.words.size(); i++) {
            Word month = found.words.get(i);
            if (!MONTHS.contains(month.key()) || !month.capital()) {
                continue;
            }
            int first = i;
            for (int left = i - 1; left >= Math.max(0, i - 3); left--) {
                if (found.words.get(left).hasDigit()) {
                    first = left;
                } else if (!StopWords.contains(found.words.get(left).key())) {
                    break;
                }
            }
            int end = i + 1;
            for (int right = i + 1; right < Math.min(found.words.size(), i + 3); right++) {
                if (found.words.get(right).hasDigit()) {
                    end = right + 1;
                }
            }
            if (end - first > 1) {
                found.add(Kind.DATE, first, end);
            }
        }
    }

    private static void numbers(Found found) {
        for (int i = 0; i < found.words.size(); i++) {
            if (!found.words.get(i).hasDigit()) {
                continue;
            }
            int end = i + 1;
            while (end < found.words.size() && found.words.get(end).hasDigit() && found.gap(end - 1, WITHIN_NUMBER)) {
                end++;
            }
            int from = found.words.get(i).start();
            int to = found.words.get(end - 1).end();
            long digits = found.text
                    .substring(from, to)
                    .chars()
                    .filter(Character::isDigit)
                    .count();
            if (digits > 1) {
                found.add(Kind.NUMBER, i, end);
            }
            i = end - 1;
        }
    }

    private void pairs(Found found) {
        for (int i = 0; i + 1 < found.words.size(); i++) {
            Word one = found.words.get(i);
            Word two = found.words.get(i + 1);
            boolean common = isPlain(one) && isPlain(two) && !kept.isRare(one.key()) && !kept.isRare(two.key());
            if (common
                    && found.gap(i, WITHIN_PAIR)
                    && kept.isRare(DocumentFrequencies.pair(one.key(), two.key()))
                    && kept.idf(one.key()) + kept.idf(two.key()) >= RARE_PAIR) {
                found.add(Kind.PAIR, i, i + 2);
            }
        }
    }

    /** Longer words first among those that are equally rare: they say more. Words in -ly say how, not what. */
    private void words(Found found) {
        IntStream.range(0, found.words.size())
                .filter(i -> isPlain(found.words.get(i)))
                .filter(i -> found.words.get(i).key().length() >= FEWEST_LETTERS
                        && !found.words.get(i).key().endsWith("ly"))
                .filter(i -> kept.isRare(found.words.get(i).key()))
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(
                                i -> -kept.idf(found.words.get(i).key()))
                        .thenComparingInt(i -> -found.words.get(i).key().length())
                        .thenComparingInt(i -> i))
                .limit(MOST_WORDS)
                .forEach(i -> found.add(Kind.WORD, i, i + 1));
    }

    private static boolean isPlain(Word word) {
        return word.isContent() && !word.hasDigit() && (!word.capital() || word.opens());
    }
}
