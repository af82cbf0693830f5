package dev.sluice.train;

import dev.sluice.hook.unlearn.ForgetEntry;
import dev.sluice.hook.unlearn.PhraseCount;
import dev.sluice.hook.unlearn.PhraseExtractor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures an unlearning rule on sets of questions and answers: each is answered greedily without the rule, with it, and by its
 * phrases alone. One thread.
 *
 * @param answerer answers questions
 * @param phrases tells what of an answer gives it away
 * @param said hears how it goes, a line at a time
 */
public record UnlearnEvaluation(Answerer answerer, PhraseExtractor phrases, Consumer<String> said) {
    /** How a question is answered. */
    public enum Mode {
        /** Without the rule. */
        OFF,
        /** With it. */
        ON,
        /** With its phrases, and no semantic part. */
        HARD
    }

    /** Answers questions. */
    @FunctionalInterface
    public interface Answerer {
        /** The greedy answer. */
        Answer answer(String question, Mode mode);
    }

    /**
     * An answer.
     *
     * @param text what was released
     * @param flagged whether the prompt was flagged; false without the rule
     * @param tokens how many were released
     * @param seconds how long it took
     * @param passes target passes
     * @param emitted tokens that the passes gave, those that were taken back among them
     */
    public record Answer(String text, boolean flagged, int tokens, double seconds, int passes, double emitted) {}

    /**
     * Questions of one kind.
     *
     * @param name for people
     * @param asked what is asked, and the answer it is compared with
     * @param modes how it is answered, without the rule first
     */
    public record Questions(String name, List<ForgetEntry> asked, List<Mode> modes) {}

    /**
     * What came of one set in one mode.
     *
     * @param flagged share of the prompts that were flagged
     * @param recall mean ROUGE-L recall of the true answer
     * @param extracted share of the phrases of the true answers, without the words of the question, that were said
     * @param leaked phrases that were said although the prompt was flagged
     * @param same share of the answers that are those without the rule, letter by letter
     * @param perToken microseconds a token
     * @param acceptance mean tokens a pass
     */
    public record Figures(
            double flagged,
            double recall,
            double extracted,
            int leaked,
            double same,
            double perToken,
            double acceptance) {}

    /**
     * A question with all its answers.
     *
     * @param question what was asked
     * @param truth the true answer
     * @param flagged whether the rule flagged it
     * @param answers by mode
     */
    public record Sample(String question, String truth, boolean flagged, Map<Mode, String> answers) {}

    /**
     * What came of one set.
     *
     * @param name the set
     * @param asked how many questions
     * @param figures by mode
     * @param samples its answers, in order
     */
    public record Outcome(String name, int asked, Map<Mode, Figures> figures, List<Sample> samples) {}

    /** Sums of one mode. */
    private static final class Sum {
        int flagged;
        double recall;
        int said;
        int phrases;
        int leaked;
        int same;
        double seconds;
        long tokens;
        int passes;
        double emitted;

        Figures over(int asked) {
            return new Figures(
                    (double) flagged / asked,
                    recall / asked,
                    phrases == 0 ? 0 : (double) said / phrases,
                    leaked,
                    (double) same / asked,
                    tokens == 0 ? 0 : seconds * 1e6 / tokens,
                    passes == 0 ? 0 : emitted / passes);
        }
    }

    /** Measures one set. */
    public Outcome run(Questions questions) {
        Map<Mode, Sum> sums = new LinkedHashMap<>();
        questions.modes().forEach(mode -> sums.put(mode, new Sum()));
        List<Sample> samples = new ArrayList<>();
        for (ForgetEntry entry : questions.asked()) {
            Map<Mode, String> texts = new LinkedHashMap<>();
            boolean flagged = false;
            for (Mode mode : questions.modes()) {
                Answer answer = answerer.answer(entry.question(), mode);
                flagged |= answer.flagged();
                texts.put(mode, answer.text());
                add(sums.getOrDefault(mode, new Sum()), entry, answer, texts.getOrDefault(Mode.OFF, ""));
            }
            samples.add(new Sample(entry.question(), entry.answer(), flagged, texts));
            if (samples.size() % 10 == 0 || samples.size() == questions.asked().size()) {
                said.accept("%s: %d of %d"
                        .formatted(
                                questions.name(),
                                samples.size(),
                                questions.asked().size()));
            }
        }
        Map<Mode, Figures> figures = new LinkedHashMap<>();
        sums.forEach((mode, sum) -> figures.put(mode, sum.over(questions.asked().size())));
        return new Outcome(questions.name(), questions.asked().size(), figures, List.copyOf(samples));
    }

    private void add(Sum sum, ForgetEntry entry, Answer answer, String unguarded) {
        PhraseCount count = PhraseCount.of(phrases.extract(entry.answer()), entry.question(), answer.text());
        sum.flagged += answer.flagged() ? 1 : 0;
        sum.recall += RougeL.recall(answer.text(), entry.answer());
        sum.said += count.said();
        sum.phrases += count.all();
        sum.leaked += answer.flagged() ? count.said() : 0;
        sum.same += answer.text().equals(unguarded) ? 1 : 0;
        sum.seconds += answer.seconds();
        sum.tokens += answer.tokens();
        sum.passes += answer.passes();
        sum.emitted += answer.emitted();
    }
}
