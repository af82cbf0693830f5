package dev.sluice.server.bench;

import dev.sluice.engine.TurnTimes;
import dev.sluice.model.ModelDescription;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a bench found. Times are medians over the rounds, so that ratios compare what ran in turns.
 *
 * @param machine what was measured on
 * @param model what the model is
 * @param drafting how speculative modes draft
 * @param peer the peer's name, or null without one
 * @param rules rules of the guard
 * @param rounds how often each prompt was answered in each mode
 * @param passes times of single passes
 * @param leftOut passes that the memory or the context had no room for
 * @param answers every answer of every round
 * @param streams many answers at once
 * @param prefills seconds to the first token of a prompt of {@link #PREFILL} tokens, by mode PLAIN or PEER, a round
 */
record Figures(
        Machine machine,
        ModelDescription model,
        String drafting,
        @Nullable String peer,
        int rules,
        int rounds,
        List<PassTime> passes,
        List<String> leftOut,
        List<Answer> answers,
        List<Streams> streams,
        List<Prefill> prefills) {
    /** Tokens of the prompt whose prefill is timed. */
    static final int PREFILL = 256;
    /** Prompts up to this length show the cost of decoding, little of prefill in it. */
    static final int SHORT = 128;

    /** What is varied in a series of passes. */
    enum Axis {
        /** Tokens of one session in a pass. */
        NODES,
        /** Sessions in a pass, of one token each. */
        SESSIONS,
        /** Tokens cached before a pass of one token. */
        CONTEXT
    }

    /** Median milliseconds of a pass, and of the peer's where it can be asked for one. */
    record PassTime(
            Axis axis, int size, double millis, @Nullable Double peerMillis) {}

    /**
     * One answer of one round, of {@code count} tokens, and those of them that were released; the latter, the counts and
     * the turn times are empty for the peer.
     */
    record Answer(
            BenchPrompt prompt,
            int promptTokens,
            Mode mode,
            int round,
            int count,
            List<Integer> tokens,
            double seconds,
            double firstSeconds,
            int passes,
            int drafted,
            int accepted,
            TurnTimes turns) {}

    /** Tokens a second of so many answers at once, in one round. */
    record Streams(Mode mode, int count, int round, double tokensPerSecond) {}

    /** Seconds of one prefill. */
    record Prefill(Mode mode, int round, double seconds) {}

    /** The modes that were run. */
    List<Mode> modes() {
        return Stream.of(Mode.values())
                .filter(mode -> mode != Mode.PEER || peer != null)
                .toList();
    }

    /** The categories, in the prompts' order. */
    Set<String> categories() {
        Set<String> categories = new LinkedHashSet<>();
        answers.forEach(answer -> categories.add(answer.prompt().category()));
        return categories;
    }

    /** Answers of a mode to the prompts of a category, or to all where null. */
    List<Answer> of(Mode mode, @Nullable String category) {
        return answers.stream()
                .filter(a -> a.mode() == mode
                        && (category == null || a.prompt().category().equals(category)))
                .toList();
    }

    /** Tokens a second: the tokens of each prompt's answer over the median of its seconds. NaN without answers. */
    double speed(Mode mode, @Nullable String category) {
        List<Answer> all = of(mode, category);
        double tokens = 0;
        double seconds = 0;
        for (BenchPrompt prompt : all.stream().map(Answer::prompt).distinct().toList()) {
            Predicate<Answer> same = answer -> answer.prompt().equals(prompt);
            tokens += median(all, same, Answer::count);
            seconds += median(all, same, Answer::seconds);
        }
        return tokens / seconds;
    }

    /** Speed against plain decoding. */
    double ratio(Mode mode, @Nullable String category) {
        return speed(mode, category) / speed(Mode.PLAIN, category);
    }

    /** Median milliseconds to the first token. */
    double firstMillis(Mode mode) {
        return 1e3 * median(of(mode, null), any -> true, Answer::firstSeconds);
    }

    /** Median milliseconds of the prefill. */
    double prefillMillis(Mode mode) {
        return 1e3 * median(prefills, prefill -> prefill.mode() == mode, Prefill::seconds);
    }

    /** Median tokens a second of so many streams. */
    double together(Mode mode, int count) {
        return median(streams, s -> s.mode() == mode && s.count() == count, Streams::tokensPerSecond);
    }

    /** Prompts whose answers have the same tokens in both modes, and all prompts. */
    int[] agreement(Mode one, Mode other) {
        List<Answer> left = of(one, null);
        List<Answer> right = of(other, null);
        int same = 0;
        for (Answer answer : left) {
            boolean found = right.stream()
                    .anyMatch(twin -> twin.round() == answer.round()
                            && twin.prompt().equals(answer.prompt())
                            && twin.tokens().equals(answer.tokens()));
            same += found ? 1 : 0;
        }
        return new int[] {same, left.size()};
    }

    /** Where the loop's time went while a mode answered the short prompts. */
    TurnTimes turns(Mode mode) {
        return brief(mode).stream().map(Answer::turns).reduce(new TurnTimes(0, 0, 0, 0, 0, 0, 0, 0), TurnTimes::plus);
    }

    /** Answers to prompts of little prefill; to all prompts where none is short. */
    private List<Answer> brief(Mode mode) {
        List<Answer> all = of(mode, null);
        List<Answer> brief =
                all.stream().filter(answer -> answer.promptTokens() <= SHORT).toList();
        return brief.isEmpty() ? all : brief;
    }

    /**
     * What the guard adds to a pass, as a share of a plain pass, from the medians of the answers: the time outside the
     * forward pass, which is the same work with and without a guard.
     */
    double guardShare() {
        ToDoubleFunction<Answer> outside =
                answer -> (double) (answer.turns().total() - answer.turns().forward()) / answer.passes();
        double plain = median(brief(Mode.PLAIN), any -> true, outside);
        double guarded = median(brief(Mode.GUARDED), any -> true, outside);
        return (guarded - plain)
                / median(
                        brief(Mode.PLAIN),
                        any -> true,
                        answer -> (double) answer.turns().total() / answer.passes());
    }

    /** Accepted draft tokens over drafted ones; 0 where nothing was drafted. */
    static double acceptance(List<Answer> answers) {
        double drafted = answers.stream().mapToInt(Answer::drafted).sum();
        return drafted == 0 ? 0 : answers.stream().mapToInt(Answer::accepted).sum() / drafted;
    }

    /** Tokens emitted a pass; 0 without passes. */
    static double perPass(List<Answer> answers) {
        double passes = answers.stream().mapToInt(Answer::passes).sum();
        return passes == 0 ? 0 : answers.stream().mapToInt(Answer::count).sum() / passes;
    }

    private static <T> double median(List<T> all, Predicate<T> which, ToDoubleFunction<T> value) {
        return median(all.stream().filter(which).mapToDouble(value).toArray());
    }

    /** The median, of an even number the lower of the middle two; NaN of none. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[(sorted.length - 1) / 2];
    }
}
